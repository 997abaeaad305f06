import type { Spread } from "./statistics.js";

/** A line of the table, in the row's unit. A ratio is computed within each round, and its spread is that of the ratios. */
export interface Row {
  readonly id: string;
  readonly what: string;
  readonly unit: "s" | "MB";
  /** What it was measured with: "v1.34.4+k3s1 (modules)". */
  readonly k3s: string;
  readonly runs: number;
  /** How many runs, which were not timed, its CPU time by group and its memory come from. */
  readonly sampled?: number;
  readonly value: Spread;
  /** The raw tools doing the same. */
  readonly raw?: Spread;
  /** Their names. */
  readonly by?: string;
  readonly ratio?: Spread;
  /** At most this, of the ratio or of the value itself. */
  readonly goal?: Goal;
  /** CPU seconds by group of processes, and by machine. */
  readonly cpu?: Readonly<Record<string, number>>;
  /** The most memory by group of processes, in MB of PSS. */
  readonly memory?: Readonly<Record<string, number>>;
}

export interface Goal {
  readonly of: "ratio" | "value";
  readonly most: number;
}

const parts = /^(push-1gb|cold|cold-package|scale-.*)$/;

/** Tells whether a row is measured only where it is asked for; all others are measured together. */
export function isPart({ id }: Pick<Row, "id">): boolean {
  return parts.test(id);
}

/** Returns what a goal is held against; undefined for a row without a ratio whose goal is one. */
export function measuredFor({ ratio, value }: Row, goal: Goal): number | undefined {
  return goal.of === "ratio" ? ratio?.median : value.median;
}
