import { gapsIn, nodeOf, spansOf } from "./span.js";
import { sumOf } from "./statistics.js";
import type { TimedEvent } from "./timed-event.js";

/** The part of an `up` in which nothing is under way that makes the lab. Milliseconds. */
export interface Orchestration {
  /** From the start of the command until the first stage reports: what starting processes costs. */
  readonly untilFirstStage: number;
  /** From the start of the command until the first machine is started. */
  readonly untilFirstMachine: number;
  /** Between those two ends: no action is pending, a step may be looking. */
  readonly gaps: number;
  /** From the last action on a node to the end of the command. */
  readonly afterLastNode: number;
  /** The sum of all but the first, which is part of the second. */
  readonly total: number;
}

/** The id of the step that starts machines. */
const startMachines = "start-machines";

/**
 * Computes the orchestration of an `up` from nothing from what it reported. `took`: milliseconds until the command had
 * ended. Throws where no machine was started.
 */
export function orchestrationOf(events: readonly TimedEvent[], nodes: readonly string[], took: number): Orchestration {
  const actions = spansOf(events).filter(({ kind }) => kind === "action");
  const first = actions.find(({ id }) => id === startMachines);
  const ofNodes = actions.filter(({ title }) => nodeOf(title, nodes) !== undefined);
  if (first === undefined || ofNodes.length === 0)
    throw new Error("this `up` has started no machine: it was not from nothing");
  const untilFirstStage = events.find(({ event }) => event.event === "stage-started")?.at ?? first.from;
  const last = Math.max(...ofNodes.map(({ to }) => to));
  const gaps = sumOf(gapsIn(actions, first.from, last).map((gap) => gap.to - gap.from));
  const afterLastNode = took - last;
  return {
    untilFirstStage,
    untilFirstMachine: first.from,
    gaps,
    afterLastNode,
    total: first.from + gaps + afterLastNode,
  };
}
