import type { Problem } from "@k3s-lab/problem";
import type { Facts } from "./facts.js";

/**
 * One thing that must be true of the world. `observe` reads and changes nothing; `plan` is pure, so that it is
 * tested without a world. A plan that is empty means: done.
 */
export interface Step<Seen = unknown> {
  /** What code knows it by, in events and in other packages: "guard-host". A title is for people, and may change. */
  readonly id: string;
  /** Verb and object: "Start machines". */
  readonly title: string;
  observe(facts: Facts): Promise<Seen>;
  /** What to do about it; a Problem where the step cannot be made true, whatever is done. */
  plan(seen: Seen): readonly Action[] | Problem;
  /** Whether the actions may run at the same time. Default: one after the other. */
  readonly parallel?: boolean;
}

/** What a step would do, as the sentence that a plan prints and the function that does it. */
export interface Action {
  /** "agent1: add default route via 10.76.0.1" */
  readonly sentence: string;
  /**
   * What only doing can tell, and a plan may not ask: "if the address is free". Where it turns out otherwise, one
   * other sentence takes the place of this one.
   */
  readonly provided?: string | undefined;
  /** No look at the world shows whether it was done: it is done once a run, and not expected to be gone then. */
  readonly unobservable?: boolean;
  /** Does it, and waits by watching for its own effect. */
  run(context: ActionContext): Promise<void>;
}

/** What work that may take long is given: when to stop, and how to say how far it has come. */
export interface Work {
  readonly signal: AbortSignal;
  /** "412 of 1,890 packages" */
  progress(message: string): void;
}

export interface ActionContext extends Work {
  /** What was seen before the action; the engine forgets it when the action has ended. */
  readonly facts: Facts;
  /** Says what stays worth knowing once the action has ended. */
  note(message: string): void;
}

/** Keeps the type of what a step sees between observe and plan, and erases it outside. */
export function step<Seen>(definition: Step<Seen>): Step {
  return definition as Step;
}
