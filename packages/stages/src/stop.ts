import type { Lab } from "@k3s-lab/lab";
import { carryOutStage, type Facts, type Report } from "@k3s-lab/steps";
import type { Stage } from "./stage.js";

/** Brings a lab to a standstill with all its data, the last stage first. Resolves with the number of actions taken. */
export async function stopLab(chain: readonly Stage[], lab: Lab, report: Report, facts: Facts): Promise<number> {
  let actions = 0;
  for (const { name, stopping } of chain.toReversed()) {
    if (stopping) actions += await carryOutStage(stopping(lab), { stage: name, report, facts });
  }
  return actions;
}
