import { endAll } from "@k3s-lab/exec";
import { exitCode, failureOf } from "@k3s-lab/problem";

/** One of several programs, or logs, whose lines are shown together. */
export interface Source {
  readonly name: string;
  /** Resolves with an exit code. */
  run(onLine: OnLine): Promise<number>;
}

/** `at` is when the line was written, where that is known: milliseconds since 1970. */
export type OnLine = (text: string, from: "stdout" | "stderr", at?: number) => void;

interface Line {
  readonly text: string;
  readonly from: "stdout" | "stderr";
  readonly at?: number | undefined;
}

export interface SideBySide {
  readonly signal: AbortSignal;
  /** Whether all lines are to be had at once, and are shown in the order of their times. Default: each as it comes. */
  readonly byTime?: boolean;
}

/** In the order of their use, for names: those that are read on light and dark ground alike. */
const colours = [36, 33, 32, 35, 34, 31];

/** The exit code of a program whose reader has gone away, as in `... | head`. */
const brokenPipe = 141;

/**
 * Runs all at the same time and shows each line with the name of its source before it, unless there is but one. What goes wrong with
 * one is a line of it, too, and the others go on. Resolves with the worst exit code; when interrupted, with that alone.
 */
export async function sideBySide(sources: readonly Source[], { signal, byTime = false }: SideBySide): Promise<number> {
  endWithReader();
  const prefixes = prefixesOf(sources.map(({ name }) => name));
  const show = (index: number, { text, from }: Line) => process[from].write(`${prefixes[from][index]}${text}\n`);
  const kept = sources.map((): Line[] => []);
  const codes = sources.map(async (source, index) => {
    try {
      return await source.run((text, from, at) => {
        if (byTime) kept[index]?.push({ text, from, at });
        else show(index, { text, from });
      });
    } catch (error) {
      if (signal.aborted) return exitCode.interrupted;
      if (sources.length === 1) throw error;
      const { message, exitCode: code } = failureOf(error);
      show(index, { text: message, from: "stderr" });
      return code;
    }
  });
  const worst = Math.max(0, ...(await Promise.all(codes)));
  for (const { index, line } of inOrder(kept)) show(index, line);
  return signal.aborted ? exitCode.interrupted : worst;
}

/** Merges lines by their times. A line without one stays behind the line before it. */
export function inOrder(
  kept: readonly (readonly Line[])[],
): readonly { readonly index: number; readonly line: Line }[] {
  const all = kept.flatMap((lines, index) => {
    let last = -Infinity;
    return lines.map((line) => ({ index, line, at: (last = Math.max(last, line.at ?? last)) }));
  });
  return all.toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at));
}

/** Returns what stands before the lines of each source, on each stream: "agent1 | ", in colour on a terminal. */
function prefixesOf(names: readonly string[]) {
  const width = Math.max(...names.map(({ length }) => length));
  const on = (stream: NodeJS.WriteStream) =>
    names.map((name, index) => {
      const text = `${name.padEnd(width)} |`;
      const isColoured = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== "dumb";
      return isColoured ? `\u001B[${colours[index % colours.length]}m${text}\u001B[0m ` : `${text} `;
    });
  const none = names.map(() => "");
  return names.length === 1
    ? { stdout: none, stderr: none }
    : { stdout: on(process.stdout), stderr: on(process.stderr) };
}

/** Ends all, quietly, when nobody reads any more. */
function endWithReader(): void {
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    endAll();
    process.exit(code === "EPIPE" ? brokenPipe : exitCode.failed);
  });
}
