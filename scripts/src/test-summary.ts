import { stripVTControlCharacters } from "node:util";

export interface FileResult {
  readonly file: string;
  readonly output: string;
  readonly exitCode: number;
}

export interface Summary {
  /** Ends in the line "N passed, N failed". */
  readonly text: string;
  readonly ok: boolean;
}

/** Adds up uvu's own totals; a file that says nothing, or says more than it ran, counts as one failure. */
export function summarize(results: readonly FileResult[]): Summary {
  let passed = 0;
  let failed = 0;
  const notes: string[] = [];
  for (const result of results) {
    const count = countOf(result);
    passed += count.passed;
    failed += count.failed;
    if (count.note) notes.push(`${result.file}: ${count.note}`);
  }
  if (results.length === 0) {
    failed += 1;
    notes.push("no test file was found");
  }
  return { text: [...notes, `${passed} passed, ${failed} failed`].join("\n"), ok: failed === 0 };
}

function countOf({ output, exitCode }: FileResult): { passed: number; failed: number; note?: string } {
  const plain = stripVTControlCharacters(output);
  const total = lastNumber(plain, /^\s*Total:\s+(\d+)/gm);
  const passed = lastNumber(plain, /^\s*Passed:\s+(\d+)/gm);
  if (total === undefined || passed === undefined) return { passed: 0, failed: 1, note: "ended without a summary" };
  if (total === 0) return { passed: 0, failed: 1, note: "ran no test; is .run() missing?" };
  const failed = total - passed;
  if (failed === 0 && exitCode !== 0) return { passed, failed: 1, note: `ended with exit code ${exitCode}` };
  return { passed, failed };
}

function lastNumber(text: string, pattern: RegExp): number | undefined {
  const match = [...text.matchAll(pattern)].at(-1)?.[1];
  return match === undefined ? undefined : Number(match);
}
