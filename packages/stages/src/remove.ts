import type { Lab } from "@k3s-lab/lab";
import { carryOutStage, type Facts, type Report, type Step } from "@k3s-lab/steps";
import type { Stage } from "./stage.js";

/** Returns the steps that remove a lab, by their stages, the last one first. */
export function removalsOf(chain: readonly Stage[], lab: Lab): readonly { stage: string; steps: readonly Step[] }[] {
  return chain.toReversed().map((each) => ({ stage: each.name, steps: each.removal(lab) }));
}

/** Removes a lab from the host, the last stage first. Resolves with the number of actions taken. */
export async function removeLab(chain: readonly Stage[], lab: Lab, report: Report, facts: Facts): Promise<number> {
  let actions = 0;
  for (const { stage, steps } of removalsOf(chain, lab)) {
    actions += await carryOutStage(steps, { stage, report, facts });
  }
  return actions;
}
