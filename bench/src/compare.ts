import { type Benchmark, lackingRows, type RecordedRow } from "./benchmark.js";
import { spreadText } from "./cells.js";
import type { Row } from "./row.js";
import type { Spread } from "./statistics.js";

/** How much worse than the last record a row may be. */
export const tolerance = 0.05;
/** The same for a difference of two measurements, which may be next to nothing: so many times the raw chain. */
const absoluteTolerance: Readonly<Record<string, number>> = { eachAgent: 0.02 };

export interface Compared {
  readonly id: string;
  readonly what: string;
  /** Whatever is not as before lets the comparison fail. */
  readonly verdict: "as before" | "worse" | "vanished" | "not comparable";
  readonly before: string;
  readonly now: string;
}

/**
 * Compares rows with the last record: their ratios, which another hour or machine leaves as they are, and of memory the
 * value itself. Rows that had neither are left out.
 */
export function compare(last: Benchmark, now: readonly RecordedRow[]): readonly Compared[] {
  const expected = [
    ...lackingRows(last, now).vanished,
    ...last.rows.filter(({ id }) => now.some((row) => row.id === id)),
  ];
  return expected.flatMap((earlier) => {
    const before = comparable(earlier);
    const row = now.find(({ id }) => id === earlier.id);
    return before === undefined ? [] : [{ id: earlier.id, what: earlier.what, ...judge(earlier, before, row) }];
  });
}

function judge(earlier: RecordedRow, before: Spread, row: RecordedRow | undefined) {
  const after = row && comparable(row);
  const was = spreadText(before, earlier.unit);
  if (row === undefined || after === undefined)
    return { verdict: "vanished", before: was, now: "not measured" } as const;
  const [under, isUnder] = [conditions(earlier), conditions(row)];
  if (under !== isUnder) return { verdict: "not comparable", before: under, now: isUnder } as const;
  const most = before.median + (absoluteTolerance[row.id] ?? tolerance * Math.abs(before.median));
  // Runs of one commit differ by more than that on a busy machine: every run must be beyond all of those before.
  const isWorse = after.median > most && after.min > before.max;
  return { verdict: isWorse ? "worse" : "as before", before: was, now: spreadText(after, row.unit) } as const;
}

function comparable({ ratio, unit, value }: Row): Spread | undefined {
  return ratio ?? (unit === "MB" ? value : undefined);
}

/** Returns what two ratios must have in common to be compared: "K3s (modules), 2 cores". */
function conditions({ k3s, measured: { host } }: RecordedRow): string {
  return `K3s ${k3s.match(/\(\w+\)/g)?.join() ?? k3s}, ${host.cores} cores`;
}
