import type { Lab } from "@k3s-lab/lab";
import { carryOut, type Facts, type Report } from "@k3s-lab/steps";
import type { Stage } from "./stage.js";

/** Removes a lab from the host, the last stage first. Resolves with the number of actions taken. */
export async function removeLab(chain: readonly Stage[], lab: Lab, report: Report, facts: Facts): Promise<number> {
  let actions = 0;
  for (const stage of chain.toReversed()) {
    actions += await carryOut(stage.removal(lab), { stage: stage.name, report, facts });
  }
  return actions;
}
