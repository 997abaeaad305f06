import { CommandFailed, run } from "@k3s-lab/exec";

export interface ProgramResult {
  /** Standard output and error in the order of their lines. */
  readonly output: string;
  readonly exitCode: number;
  /** Why it did not come to its own end: it took too long, a signal ended it, it is not installed. */
  readonly faults: readonly string[];
}

/** Runs a program of the tests to its end, whatever that is; only an interruption is thrown. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly timeout: number; readonly signal: AbortSignal },
): Promise<ProgramResult> {
  const lines: string[] = [];
  const output = () => lines.join("\n");
  try {
    const { exitCode } = await run(command, args, { ...options, answers: "any", onLine: (line) => lines.push(line) });
    return { output: output(), exitCode, faults: [] };
  } catch (error) {
    if (!(error instanceof CommandFailed) || options.signal.aborted) throw error;
    return { output: output(), exitCode: 1, faults: [error.what.split(":\n")[0] ?? error.what] };
  }
}
