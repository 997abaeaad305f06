import type { Event } from "@k3s-lab/steps";
import type { TimedEvent } from "../src/timed-event.js";

/** [milliseconds, what happens, stage, step, action]; a step's id is its title in lower case, with hyphens. */
type Told = readonly [at: number, event: Event["event"], stage: string, step?: string, action?: string];

/** Makes events from short lines. */
export function reported(...told: readonly Told[]): readonly TimedEvent[] {
  return told.map(([at, event, stage, step = "", action]) => {
    const id = step.toLowerCase().replaceAll(" ", "-");
    const ended = event.endsWith("-ended") ? { ok: true, ms: 0, actions: 0 } : {};
    const named = { event, stage, id, step, ...(action !== undefined && { action }), ...ended };
    return { at, event: named as unknown as Event };
  });
}

/** An `up` of two nodes that overlaps a fetch with the machines' start, and waits without any action from 2.0 to 2.5 s. */
export const up = reported(
  [300, "stage-started", "machines"],
  [310, "step-started", "machines", "Start machines"],
  [320, "stage-started", "cluster"],
  [330, "step-started", "cluster", "Fetch K3s"],
  [400, "action-started", "cluster", "Fetch K3s", "host: fetch K3s"],
  [500, "action-started", "machines", "Start machines", "multi: start"],
  [500, "action-started", "machines", "Start machines", "agent1: start"],
  [700, "action-ended", "cluster", "Fetch K3s", "host: fetch K3s"],
  [710, "step-ended", "cluster", "Fetch K3s"],
  [1500, "action-ended", "machines", "Start machines", "agent1: start"],
  [2000, "action-ended", "machines", "Start machines", "multi: start"],
  [2100, "step-ended", "machines", "Start machines"],
  [2100, "stage-ended", "machines"],
  [2400, "step-started", "cluster", "Start the cluster"],
  [2500, "action-started", "cluster", "Start the cluster", "multi: start the server"],
  [2500, "action-started", "cluster", "Start the cluster", "agent1: join"],
  [5000, "action-ended", "cluster", "Start the cluster", "multi: start the server"],
  [7000, "action-ended", "cluster", "Start the cluster", "agent1: join"],
  [7050, "step-ended", "cluster", "Start the cluster"],
  [7060, "step-started", "cluster", "Name hosts"],
  [7080, "step-ended", "cluster", "Name hosts"],
  [7100, "stage-ended", "cluster"],
);
