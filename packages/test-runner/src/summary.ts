import { stripVTControlCharacters } from "node:util";

/** The result of one file or one check. */
export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What is wrong with it besides failing tests, or why tests were skipped. */
  readonly notes: readonly string[];
  /** The beginning of what each failing test reported, for the end of a long run. */
  readonly reports?: readonly string[];
  /** What failed before it ran once more. */
  readonly first?: Outcome;
}

export interface FileResult {
  readonly output: string;
  readonly exitCode: number;
  /** Faults of the file's source: see source.ts. */
  readonly faults?: readonly string[];
  /** Why it skips tests. */
  readonly reason?: string;
  /** Whether skipping is a failure: true for root and e2e suites in CI, and for those that run on request only. */
  readonly mustNotSkip?: boolean;
}

/** Takes uvu's own totals for a file. No totals, several, or totals that do not fit the exit code are a failure. */
export function judge(name: string, result: FileResult): Outcome {
  const plain = stripVTControlCharacters(result.output);
  const totals = numbers(plain, "Total");
  const total = totals.at(-1) ?? 0;
  const passed = numbers(plain, "Passed").at(-1) ?? 0;
  const skipped = numbers(plain, "Skipped").at(-1) ?? 0;
  const notes = [...(result.faults ?? [])];
  if (totals.length === 0) notes.push("ended without a summary; is .run() missing?");
  else if (totals.length > 1) notes.push("printed more than one summary, expected all suites to run at once");
  else if (total === 0 && skipped === 0) notes.push("ran no test; is .run() missing?");
  if (result.exitCode !== 0 && passed === total && notes.length === 0) {
    notes.push(`ended with exit code ${result.exitCode} though its tests passed`);
  }
  if (skipped > 0 && result.mustNotSkip) notes.push(`skipped ${skipped}: ${result.reason ?? ""}`);
  return { name, passed, failed: total - passed + notes.length, skipped, notes, reports: reportsIn(plain) };
}

/** Lines of a failing test's report, and characters of a line, that the end of a run repeats. */
const repeated = { lines: 12, characters: 240 };

/** Reads what uvu reports of each failing test, down to the stack. */
function reportsIn(text: string): readonly string[] {
  return [...text.matchAll(/^   FAIL  .*\n(?:(?!   FAIL  |    +at |  Total:).*\n)*/gm)].map(([report]) => {
    const lines = report.split("\n").filter((each) => each.trim() !== "");
    return lines
      .slice(0, repeated.lines)
      .map((each) => `  ${each.slice(0, repeated.characters)}`)
      .join("\n");
  });
}

/** Reads the numbers of uvu's own lines, not of those of another run that a failing assertion quotes. */
function numbers(text: string, label: string): number[] {
  return [...text.matchAll(new RegExp(`^  ${label}: +(\\d+)$`, "gm"))].map(([, number]) => Number(number));
}

export interface Skip {
  readonly name: string;
  readonly reason: string;
}

/** Renders the end of a run: what failed, what was skipped and why, and the line "N passed, N failed". */
export function summarize(outcomes: readonly Outcome[], skips: readonly Skip[] = []): { text: string; ok: boolean } {
  const sum = (key: "passed" | "failed" | "skipped") => outcomes.reduce((all, outcome) => all + outcome[key], 0);
  const failed = outcomes.length === 0 ? 1 : sum("failed");
  const lines = [
    ...skips.map(({ name, reason }) => `skipped: ${name}: ${reason}`),
    ...outcomes.flatMap(({ failed: again, first }) =>
      failureLines(first, again > 0 ? "at first" : "at first, and passed when it ran once more"),
    ),
    ...outcomes.flatMap((outcome) => failureLines(outcome)),
    ...(outcomes.length === 0 ? ["failed: no test was found"] : []),
    `${sum("passed")} passed, ${failed} failed${sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : ""}`,
  ];
  return { text: lines.join("\n"), ok: failed === 0 };
}

/** Renders a failure; nothing for what passed. `when`: at which attempt; empty for the only one, or the last. */
function failureLines(outcome: Outcome | undefined, when = ""): readonly string[] {
  if (outcome === undefined || outcome.failed === 0) return [];
  const { name, failed, notes, reports = [] } = outcome;
  const tests = failed - notes.length;
  const what = [...(tests > 0 ? [`${tests} failed`] : []), ...notes].join("; ");
  return [`failed${when && ` ${when}`}: ${name}: ${what}`, ...reports];
}
