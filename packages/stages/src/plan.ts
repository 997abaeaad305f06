import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { Facts, foresee, type PlannedAction } from "@k3s-lab/steps";
import { decideAll, stepsOf } from "./decide.js";
import { removalsOf } from "./remove.js";
import type { Stage, Values } from "./stage.js";

export interface StagePlan {
  readonly stage: string;
  readonly actions: readonly PlannedAction[];
}

export interface Plan {
  /** What fills the caches. */
  readonly fetch: readonly StagePlan[];
  /** What makes the lab, after the caches are full. */
  readonly stages: readonly StagePlan[];
  /** What was decided, for the records. */
  readonly values: Values;
  /**
   * Why the lab cannot become what lab.yaml asks for without being made anew: `stages` is what removes it then, and what makes
   * it again is not planned, because nothing can be seen of it yet.
   */
  readonly replaces?: Problem;
  /** Where `lab:up` would stop, and why; what comes after it is not planned. */
  readonly obstacle?: Problem;
  readonly notes: readonly string[];
}

/** Finds out what `lab:up` would do. Touches nothing. `mayAskAgain`: as in Decision. */
export async function planLab(
  chain: readonly Stage[],
  lab: Lab,
  facts: Facts = new Facts(),
  mayAskAgain = false,
): Promise<Plan> {
  try {
    return await planChanges(chain, lab, facts, mayAskAgain);
  } catch (error) {
    if (error instanceof Problem && error.id === "LAB-MCH-009") return planReplacement(chain, lab, facts, error);
    throw error;
  }
}

/**
 * Plans the removal of a lab whose machines are made of something else than lab.yaml asks for. What the next one is made of is
 * fetched before: where that is impossible, nothing need be removed.
 */
async function planReplacement(chain: readonly Stage[], lab: Lab, facts: Facts, replaces: Problem): Promise<Plan> {
  const fetch: StagePlan[] = [];
  const stages: StagePlan[] = [];
  const plan = { fetch, stages, values: {}, notes: [], replaces };
  for (const stage of chain) {
    const { actions, obstacle } = await foresee(stage.fetch(lab), facts);
    fetch.push({ stage: stage.name, actions });
    if (obstacle) return { ...plan, obstacle };
  }
  for (const { stage, steps } of removalsOf(chain, lab)) {
    const { actions, obstacle } = await foresee(steps, facts);
    stages.push({ stage, actions });
    if (obstacle) return { ...plan, obstacle };
  }
  return plan;
}

async function planChanges(chain: readonly Stage[], lab: Lab, facts: Facts, mayAskAgain: boolean): Promise<Plan> {
  const notes: string[] = [];
  const assumed = new Map<string, string>();
  const values = await decideAll(chain, {
    lab,
    facts,
    mayAsk: false,
    mayAskAgain,
    note: (message) => void notes.push(message),
    assume: (word, condition) => void assumed.set(word, condition),
  });
  const fetch: StagePlan[] = [];
  const stages: StagePlan[] = [];
  const plan = { fetch, stages, values, notes };
  const making = chain.map((stage) => stepsOf(chain, stage, { lab, values, signal: facts.signal }));
  // A stage that cannot tell its steps fails in its turn: what stands before it is planned.
  for (const made of await Promise.allSettled(making)) {
    if (made.status === "fulfilled") for (const step of made.value) step.announce?.(facts);
  }
  for (const [part, stepsFor] of [
    [fetch, async (index: number) => chain[index]?.fetch(lab) ?? []],
    [stages, async (index: number) => (await making[index]) ?? []],
  ] as const) {
    for (const [index, stage] of chain.entries()) {
      const { actions, obstacle } = await foresee(await stepsFor(index), facts);
      part.push({ stage: stage.name, actions: actions.map((action) => mark(action, assumed)) });
      if (obstacle) return { ...plan, obstacle };
    }
  }
  return plan;
}

/** Marks an action whose sentence has a word that was only assumed, whatever else it depends on. */
function mark(action: PlannedAction, assumed: ReadonlyMap<string, string>): PlannedAction {
  const word = action.sentence.split(/[^\w.]+/).find((each) => assumed.has(each));
  return word === undefined ? action : { ...action, provided: assumed.get(word) };
}

/** Counts the actions of a plan. */
export function countOf(...parts: readonly (readonly StagePlan[])[]): number {
  return parts.flat().reduce((sum, { actions }) => sum + actions.length, 0);
}
