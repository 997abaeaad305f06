/**
 * One thing that must be true of the world. `observe` reads and changes nothing; `plan` is pure, so that it is
 * tested without a world. A plan that is empty means: done.
 */
export interface Step<Seen = unknown> {
  /** Verb and object: "Start machines". */
  readonly title: string;
  observe(signal: AbortSignal): Promise<Seen>;
  plan(seen: Seen): readonly Action[];
  /** Whether the actions may run at the same time. Default: one after the other. */
  readonly parallel?: boolean;
}

/** What a step would do, as the sentence that a plan prints and the function that does it. */
export interface Action {
  /** "agent1: add default route via 10.76.0.1" */
  readonly sentence: string;
  /** Does it, and waits by watching for its own effect. */
  run(context: ActionContext): Promise<void>;
}

export interface ActionContext {
  readonly signal: AbortSignal;
  /** Says how far a long action has come: "412 of 1,890 packages". */
  progress(message: string): void;
}

/** Keeps the type of what a step sees between observe and plan, and forgets it outside. */
export function step<Seen>(definition: Step<Seen>): Step {
  return definition as Step;
}
