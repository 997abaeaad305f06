// What lab:plan shows is what lab:up does: compared sentence by sentence, in the order of each stage.
import type { Event } from "@k3s-lab/steps";
import * as assert from "uvu/assert";
import type { DrivenLab } from "./drive-lab.js";
import { misfitsOf } from "./misfits.js";

interface PlannedAction {
  readonly sentence: string;
  /** What only doing can tell: one other sentence may take its place; none, where it may be left out. */
  readonly provided?: string;
}

interface StagePlan {
  readonly stage: string;
  readonly actions: readonly PlannedAction[];
}

/** What `lab:plan --json` prints. */
export interface Plan {
  readonly fetch: readonly StagePlan[];
  readonly stages: readonly StagePlan[];
}

export interface Compared {
  readonly plan: Plan;
  readonly exitCode: number;
  readonly events: readonly Event[];
  /** Sentences that one has and the other has not, each in its place; none where they say the same. */
  readonly differences: readonly string[];
}

/** The conditions under which a sentence may be left out: something else has done it by then. */
export const mayBeLeftOut = [
  "if K3s does not bring it",
  "if the cluster does not start with it",
  "if it does not answer at once",
  "if K3s does not start with its machine",
  "if its guard does not start with its machine",
  "if the registry does not have it",
  "if the node does not have it yet",
  "if it does not yet",
] as const;

/** Runs lab:plan, then lab:up, which is not to ask. */
export function planThenUp(lab: DrivenLab): Promise<Compared> {
  return planThen(lab, "lab:up", ["--yes"]);
}

/** Runs lab:plan, then lab:start. */
export function planThenStart(lab: DrivenLab): Promise<Compared> {
  return planThen(lab, "lab:start");
}

async function planThen(lab: DrivenLab, script: string, flags: readonly string[] = []): Promise<Compared> {
  const plan = JSON.parse((await lab.npm("lab:plan", ["--json"])).stdout) as Plan;
  const { exitCode, stdout } = await lab.npm(script, ["--json", ...flags]);
  const lines = stdout.trim().split("\n");
  assert.equal(misfitsOf(lines), [], "events that do not fit their schema");
  const events = lines.map((line) => JSON.parse(line) as Event);
  return { plan, exitCode, events, differences: compare(plan, events) };
}

/** Compares a plan with what was carried out. A stage fetches before it acts, beside the other stages. */
export function compare({ fetch, stages }: Plan, events: readonly Event[]): readonly string[] {
  const differences: string[] = [];
  const of = (plans: readonly StagePlan[], name: string) => plans.filter(({ stage }) => stage === name);
  for (const { stage } of stages) {
    const planned = [...of(fetch, stage), ...of(stages, stage)].flatMap(({ actions }) => actions);
    const done = events.flatMap((event) =>
      event.event === "action-started" && event.stage === stage ? [event.action] : [],
    );
    let next = 0;
    for (const [index, { sentence, provided }] of planned.entries()) {
      const action = done[next];
      if (mayBeLeftOut.some((condition) => condition === provided) && action !== sentence) continue;
      // Where a sentence has vanished, the next one stands here already.
      const isReplaced = provided !== undefined && action !== undefined && action !== planned[index + 1]?.sentence;
      if (action !== sentence && !isReplaced) {
        differences.push(`${stage}: planned ${sentence}, done ${action ?? "nothing"}`);
      }
      next++;
    }
    differences.push(...done.slice(next).map((action) => `${stage}: planned nothing, done ${action}`));
  }
  return differences;
}
