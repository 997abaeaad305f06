import type { Problem } from "@k3s-lab/problem";
import type { Facts } from "./facts.js";
import type { Progress } from "./report.js";

/**
 * One thing that must be true of the world. `observe` reads and changes nothing; `plan` is pure, so that it is tested
 * without a world. An empty plan means that it is true.
 */
export interface Step<Seen = unknown> {
  /** Names the step in events and in other packages: "guard-host". A title is for people, and may change. */
  readonly id: string;
  /** Verb and object: "Start machines". */
  readonly title: string;
  observe(facts: Facts): Promise<Seen>;
  /**
   * Tells what it will look at, for those who look into the same place before it. Called only by a run that plans all steps before
   * any is carried out, ahead of the first `observe`.
   */
  announce?(facts: Facts): void;
  /** Returns what to do about it; a Problem where nothing can make the step true. */
  plan(seen: Seen): readonly Action[] | Problem;
  /** Records what was seen once it is true. Called where the step is carried out, and never by a plan. */
  conclude?(seen: Seen): void;
  /**
   * Whether the actions may run at the same time; a number: so many at a time, and none is begun after one has failed. Default:
   * one after the other.
   */
  readonly parallel?: boolean | number;
}

/** What an action does to what it is about; `check` changes nothing there: it asks, or waits. */
export type ActionKind = "make" | "change" | "remove" | "restart" | "check";

/** A change of the world: the sentence that a plan prints, and the function that carries it out. */
export interface Action {
  /** What it is about: the name of a node, "host", "cluster" or "registry". Where the sentence begins with it, a plan shows it once. */
  readonly on: string;
  readonly kind: ActionKind;
  /** What goes without service meanwhile: "agent1's pods". */
  readonly interrupts?: string | undefined;
  /** What is lost by it and cannot be made again: "agent1's disk". `lab:up` asks a person before. */
  readonly destroys?: string | undefined;
  /** "agent1: add default route via 10.76.0.1" */
  readonly sentence: string;
  /**
   * What a plan may not ask, and only carrying out can tell: "if the address is free". Where it turns out otherwise,
   * one other sentence takes the place of this one; or none, where something else has done it: "if K3s does not bring it".
   */
  readonly provided?: string | undefined;
  /** Whether no observation can show that it was done: the plan after it may hold it again. */
  readonly unobservable?: boolean;
  /** Whether it changes nothing but records under `.lab/`, which are no facts: what was read of the world stays true. */
  readonly keepsFacts?: boolean;
  /** Carries it out, and waits by watching for its own effect. */
  run(context: ActionContext): Promise<void>;
}

/** What work that may take long is given: when to stop, and how to report how far it has come. */
export interface Work {
  readonly signal: AbortSignal;
  /** "412 of 1,890 packages", with the numbers where they are known. */
  readonly progress: Progress;
}

export interface ActionContext extends Work {
  /** What was read before the action; the engine forgets it when the action has ended. */
  readonly facts: Facts;
  /** Reports what stays worth knowing once the action has ended. */
  note(message: string): void;
}

/** Keeps the type of what a step observes between observe and plan, and erases it outside. */
export function step<Seen>(definition: Step<Seen>): Step {
  return definition as Step;
}
