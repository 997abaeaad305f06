import type { HostDescription } from "@k3s-lab/testbed";
import { isPart, type Row } from "./row.js";

/** A recorded run: bench/results/<date>.json. */
export interface Benchmark {
  /** "2026-11-29" */
  readonly date: string;
  readonly rows: readonly RecordedRow[];
}

export interface RecordedRow extends Row {
  readonly measured: Measured;
}

/** When a row was measured, of which commit, and where: rows of one record need not have it in common. */
export interface Measured {
  readonly date: string;
  readonly commit: string;
  readonly host: HostDescription;
}

/** Keeps the rows of the last record that this one had no reason to measure. */
export function carryOver(last: Benchmark | undefined, now: Benchmark): Benchmark {
  const { kept } = lackingRows(last, now.rows);
  // In the order of the fuller of the two.
  return { ...now, rows: now.rows.length < kept.length ? [...kept, ...now.rows] : [...now.rows, ...kept] };
}

/** Returns the rows of a record that a run lacks: which of them it was not asked for, and which the table has no more. */
export function lackingRows(last: Benchmark | undefined, now: readonly Row[]) {
  const measured = new Set(now.map(({ id }) => id));
  const lacking = (last?.rows ?? []).filter(({ id }) => !measured.has(id));
  const isTable = now.some((row) => !isPart(row));
  const isKept = (row: Row) => isPart(row) || !isTable;
  return { kept: lacking.filter(isKept), vanished: lacking.filter((row) => !isKept(row)) };
}
