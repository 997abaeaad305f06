import type { Lab } from "@k3s-lab/lab";
import type { Problem } from "@k3s-lab/problem";
import { Facts, foresee, type PlannedAction } from "@k3s-lab/steps";
import { decideAll, stepsOf } from "./decide.js";
import type { Stage, Values } from "./stage.js";

export interface StagePlan {
  readonly stage: string;
  readonly actions: readonly PlannedAction[];
}

export interface Plan {
  /** What fills the caches, and then what makes the lab, stage by stage. */
  readonly fetch: readonly StagePlan[];
  readonly stages: readonly StagePlan[];
  readonly values: Values;
  /** Where `lab:up` would stop, and why; what comes behind it is not planned. */
  readonly obstacle?: Problem;
  readonly notes: readonly string[];
}

/** What `lab:up` would do. Touches nothing. */
export async function planLab(chain: readonly Stage[], lab: Lab, facts: Facts = new Facts()): Promise<Plan> {
  const notes: string[] = [];
  const assumed = new Map<string, string>();
  const values = await decideAll(chain, {
    lab,
    facts,
    mayAsk: false,
    note: (message) => void notes.push(message),
    assume: (word, condition) => void assumed.set(word, condition),
  });
  const fetch: StagePlan[] = [];
  const stages: StagePlan[] = [];
  const passes = [
    ...chain.map((stage) => ({ into: fetch, stage, steps: () => stage.fetch(lab) })),
    ...chain.map((stage) => ({ into: stages, stage, steps: () => stepsOf(chain, stage.name, lab, values) })),
  ];
  for (const { into, stage, steps } of passes) {
    const { actions, obstacle } = await foresee(steps(), facts);
    into.push({ stage: stage.name, actions: actions.map((action) => mark(action, assumed)) });
    if (obstacle) return { fetch, stages, values, notes, obstacle };
  }
  return { fetch, stages, values, notes };
}

/** Marks an action whose sentence has a word that was only assumed. */
function mark(action: PlannedAction, assumed: ReadonlyMap<string, string>): PlannedAction {
  const word = action.sentence.split(/[^\w.]+/).find((each) => assumed.has(each));
  return word === undefined ? action : { ...action, provided: action.provided ?? assumed.get(word) };
}

/** How many actions a plan has. */
export function countOf(...parts: readonly (readonly StagePlan[])[]): number {
  return parts.flat().reduce((sum, { actions }) => sum + actions.length, 0);
}
