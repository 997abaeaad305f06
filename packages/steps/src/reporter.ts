import type { Report } from "./report.js";

/** Shows a run to whoever looks at it. */
export interface Reporter {
  readonly report: Report;
  /** Writes a result of the command, on a line of its own whatever is shown beside it. */
  print(text: string, output: Output): void;
  /** Ends what is shown of what goes on. Nothing is reported after that. */
  end(): void;
}

/** Where results go: standard output. */
interface Output {
  write(text: string): unknown;
}

/** Returns a reporter of lines, which stay and are never drawn over. */
export function lineReporter(report: Report, end: () => void = () => {}): Reporter {
  return { report, print: (text, output) => void output.write(`${text}\n`), end };
}
