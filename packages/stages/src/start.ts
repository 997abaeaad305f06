import type { Lab } from "@k3s-lab/lab";
import { carryOut, type Facts, type Report, type Step } from "@k3s-lab/steps";
import { decideSteps } from "./run.js";
import type { Stage } from "./stage.js";

export interface StageTime {
  readonly stage: string;
  /** Milliseconds. */
  readonly ms: number;
  readonly actions: number;
}

/**
 * Starts a lab that was made before, one stage after the other in this process: the caches are full, so no stage has anything to
 * do ahead of the one before. What this run has started counts as new for all stages, since they share its facts.
 */
export async function startLab(
  chain: readonly Stage[],
  lab: Lab,
  report: Report,
  facts: Facts,
): Promise<readonly StageTime[]> {
  const times: StageTime[] = [];
  // Of a cache that was emptied meanwhile, later decisions need the content.
  for (const stage of chain) {
    await carryOut(stage.fetch(lab), { stage: stage.name, report, facts });
  }
  for (const stage of chain) {
    times.push(await timed(stage, report, () => decideSteps(chain, stage, lab, facts, report), facts));
  }
  return times;
}

async function timed(
  { name: stage }: Stage,
  report: Report,
  steps: () => Promise<readonly Step[]>,
  facts: Facts,
): Promise<StageTime> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let [actions, ok] = [0, false];
  report({ event: "stage-started", stage });
  try {
    actions = await carryOut(await steps(), { stage, report, facts });
    ok = true;
    return { stage, ms: elapsed(), actions };
  } finally {
    report({ event: "stage-ended", stage, ok, ms: elapsed(), actions });
  }
}
