/** How a spec has ended. The suite itself skips what does not fit the cluster, and says why. */
export type SpecState = "passed" | "failed" | "skipped";

/** A spec that was run. */
export interface SpecResult {
  readonly name: string;
  readonly state: SpecState;
  /** Absent where the run in which it has passed was killed before its report. */
  readonly seconds?: number;
  /** Why it failed, or was skipped. */
  readonly message?: string;
  /** How often it was run, where that is more than once. */
  readonly attempts?: number;
}

/** What a part of the tests has come to. */
export interface PartResult {
  readonly id: string;
  /** "2026-11-29" */
  readonly date: string;
  /** Of all runs of the part that came to their end. */
  readonly seconds: number;
  readonly specs: readonly SpecResult[];
}

/** Counts the specs of a state. */
export function count(specs: readonly SpecResult[], state: SpecState): number {
  return specs.filter((spec) => spec.state === state).length;
}

/** Puts the results of specs that were run again in the place of their earlier ones. */
export function withAgain(before: readonly SpecResult[], again: readonly SpecResult[]): readonly SpecResult[] {
  const byName = new Map(again.map((spec) => [spec.name, spec]));
  return before.map((spec) => {
    const now = byName.get(spec.name);
    return now === undefined ? spec : { ...now, attempts: (spec.attempts ?? 1) + 1 };
  });
}
