import { Problem } from "@k3s-lab/problem";
import { Facts } from "./facts.js";
import type { Action, Step } from "./step.js";

/** An action as a plan shows it. */
export type PlannedAction = Pick<Action, "on" | "kind" | "sentence" | "provided" | "interrupts" | "destroys"> & {
  readonly step: string;
};

export interface Foreseen {
  readonly actions: readonly PlannedAction[];
  /** Where the run would stop, and why. */
  readonly obstacle?: Problem;
}

/** Returns what carryOut would do, without doing it. */
export async function foresee(steps: readonly Step[], facts: Facts = new Facts()): Promise<Foreseen> {
  const actions: PlannedAction[] = [];
  for (const step of steps) {
    const planned = step.plan(await step.observe(facts));
    if (planned instanceof Problem) return { actions, obstacle: planned };
    actions.push(...planned.map((action) => plannedOf(step, action)));
  }
  return { actions };
}

function plannedOf({ id }: Step, { on, kind, sentence, provided, interrupts, destroys }: Action): PlannedAction {
  const effects = { ...(interrupts !== undefined && { interrupts }), ...(destroys !== undefined && { destroys }) };
  return { step: id, on, kind, sentence, provided, ...effects };
}

/** Returns the sentences alone; throws the Problem of a step that cannot be made true. */
export async function sentencesOf(steps: readonly Step[], facts?: Facts): Promise<readonly string[]> {
  const { actions, obstacle } = await foresee(steps, facts);
  if (obstacle) throw obstacle;
  return actions.map(({ sentence }) => sentence);
}
