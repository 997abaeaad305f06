import type { Row } from "./row.js";

/** How much longer than lab:plan a lab:up with nothing to do may take. */
const mostOverPlan = 1.3;

/**
 * Tells that an `up` with nothing to do takes too long; undefined where it does not. The shortest runs count, since what
 * else a machine does only ever adds.
 */
export function checkNothingToDo(rows: readonly Row[]): string | undefined {
  const shortest = (wanted: string) => rows.find(({ id }) => id === wanted)?.value.min;
  const [up, plan] = [shortest("again"), shortest("plan")];
  if (up === undefined || plan === undefined || up <= mostOverPlan * plan) return undefined;
  return `lab:up with nothing to do took ${(up / plan).toFixed(2)} times as long as lab:plan, expected at most ${mostOverPlan}`;
}
