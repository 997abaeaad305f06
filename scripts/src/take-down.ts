import { rmSync } from "node:fs";
import { removeCanary } from "@k3s-lab/doctor/canary";
import type { Lab } from "@k3s-lab/lab";
import { removeLab } from "@k3s-lab/stages";
import { carryOut, Facts, type Report } from "@k3s-lab/steps";
import { chain } from "./chain.js";

/** Removes a lab from the host, and its state. Resolves with the number of actions taken. */
export async function takeDown(lab: Lab, report: Report, signal: AbortSignal): Promise<number> {
  const facts = new Facts(signal);
  const removed = await removeLab(chain, lab, report, facts);
  const actions = removed + (await carryOut(removeCanary(), { stage: "doctor", report, facts }));
  rmSync(lab.state.dir, { recursive: true, force: true });
  return actions;
}
