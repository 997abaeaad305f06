import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { isWhole, recordedIn, stageNamed } from "./decide.js";
import type { Stage, Values } from "./stage.js";

/**
 * Returns the steps of one stage that are safe to take again, with the values that `lab:up` recorded, so that a host that
 * has changed since does not change what is wanted. None where the stage, or one before it, was never recorded.
 */
export function repairsOf(
  chain: readonly Stage[],
  name: string,
  lab: Lab,
  running: ReadonlySet<string>,
): readonly Step[] {
  const stage = stageNamed(chain, name);
  const known = chain.slice(0, chain.indexOf(stage) + 1);
  if (!isWhole(known, lab)) return [];
  return stage.repairs?.({ lab, values: recordedIn(known, lab) as Values, running }) ?? [];
}
