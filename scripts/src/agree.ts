import { Problem } from "@k3s-lab/problem";

export interface Agreeing {
  /** The command that asks, as the person called it. */
  readonly command: string;
  /** What would be done, for a person. */
  readonly plan?: string;
  /** The command with --yes. */
  readonly unasked: string;
  readonly signal: AbortSignal;
  /** The person's terminal; replaced by tests. */
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks a person whether what cannot be made again may be destroyed; resolves with whether that was agreed to. Throws a Problem
 * where there is no terminal to ask on.
 */
export async function agreeTo(destroyed: readonly string[], asking: Agreeing): Promise<boolean> {
  const { command, unasked, plan, signal, input = process.stdin, output = process.stderr } = asking;
  if (input.isTTY !== true || output.isTTY !== true) {
    const shows = plan === undefined ? "" : "`npm run lab:plan` shows what is to be done; ";
    const what = `would destroy ${destroyed.join("; ")}, and there is no terminal to ask on`;
    throw new Problem("LAB-PLN-001", command, what, {
      remedy: `Nothing was touched. ${shows}\`${unasked}\` does it.`,
    });
  }
  const shown = plan === undefined ? [] : [plan, ""];
  output.write([...shown, "This cannot be made again:", ...destroyed.map((each) => `  ${each}`), ""].join("\n"));
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input, output });
  // A terminal in raw mode sends no signal for Ctrl-C: the library hears it.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const ended = new Promise<undefined>((resolve) => {
      lines.once("close", () => resolve(undefined));
    });
    const answer = await Promise.race([lines.question("Destroy it, and go on? [y/N] ", { signal }), ended]);
    signal.throwIfAborted();
    // Without an answer, the cursor still stands behind the question.
    if (answer === undefined) output.write("\n");
    return answer !== undefined && /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}
