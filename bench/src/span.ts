import type { TimedEvent } from "./timed-event.js";

/** An action, or a step with everything that it does. Milliseconds since the command was started. */
export interface Span {
  readonly kind: "step" | "action";
  readonly stage: string;
  /** The id of the step. */
  readonly id: string;
  /** The step's title, or the action's sentence. */
  readonly title: string;
  readonly from: number;
  readonly to: number;
}

/** Pairs what started with what ended; what never ended is not among them. */
export function spansOf(events: readonly TimedEvent[]): readonly Span[] {
  const open = new Map<string, number>();
  const spans: Span[] = [];
  for (const { at, event } of events) {
    if (!("id" in event) || !("step" in event)) continue;
    const kind = "action" in event ? "action" : "step";
    const title = "action" in event ? event.action : event.step;
    const key = [kind, event.stage, event.id, title].join("\n");
    if (event.event === "step-started" || event.event === "action-started") open.set(key, at);
    else {
      const from = open.get(key);
      if (from === undefined) continue;
      open.delete(key);
      spans.push({ kind, stage: event.stage, id: event.id, title, from, to: at });
    }
  }
  return spans.toSorted((a, b) => a.from - b.from || b.to - a.to);
}

/** A stretch of time, in milliseconds since the command was started. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Returns the parts of from..to that lie in none of the intervals, in their order. */
export function gapsIn(intervals: readonly Interval[], from: number, to: number): readonly Interval[] {
  const gaps: Interval[] = [];
  let reached = from;
  const within = intervals.filter((each) => each.from <= to).toSorted((a, b) => a.from - b.from);
  for (const each of [...within, { from: to, to }]) {
    if (each.from > reached) gaps.push({ from: reached, to: each.from });
    reached = Math.max(reached, each.to);
  }
  return gaps;
}

/** Returns the machine that an action is about: a sentence is "<subject>: <verb> ...". Undefined where it is none of these. */
export function nodeOf(title: string, nodes: readonly string[]): string | undefined {
  return nodes.find((node) => title.startsWith(`${node}: `));
}
