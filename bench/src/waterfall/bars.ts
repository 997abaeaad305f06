import { gapsIn, type Span, spansOf } from "../span.js";
import type { TimedEvent } from "../timed-event.js";

/** A stretch of time in which something goes on. Milliseconds since the command was started. */
export interface Bar {
  /** "look" is the part of a step in which none of its actions is pending: it observes, and plans. */
  readonly kind: "action" | "look";
  readonly stage: string;
  readonly title: string;
  readonly from: number;
  readonly to: number;
}

/** A step with its bars, in the order of time. */
export interface StepBars {
  readonly stage: string;
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly actions: readonly Bar[];
  readonly looks: readonly Bar[];
}

/** Returns the stages in the order in which they ended, which is that of the chain. */
export function stagesOf(steps: readonly StepBars[]): readonly string[] {
  const ends = new Map<string, number>();
  for (const { stage, to } of steps) ends.set(stage, Math.max(to, ends.get(stage) ?? 0));
  return [...ends].toSorted(([, a], [, b]) => a - b).map(([stage]) => stage);
}

/** Returns every step that has ended, with a bar for each of its actions and for the time between them. */
export function stepsIn(events: readonly TimedEvent[]): readonly StepBars[] {
  const spans = spansOf(events);
  return spans.filter(({ kind }) => kind === "step").map((step) => barsOf(step, spans));
}

function barsOf(step: Span, spans: readonly Span[]): StepBars {
  const { stage, id, title, from, to } = step;
  const own = spans.filter(
    (span) => span.kind === "action" && span.stage === stage && span.id === id && span.from >= from && span.to <= to,
  );
  const looks = gapsIn(own, from, to).map((gap): Bar => ({
    kind: "look",
    stage,
    title: `${title}: observe, plan`,
    ...gap,
  }));
  const actions = own.map((action): Bar => ({
    kind: "action",
    stage,
    title: action.title,
    from: action.from,
    to: action.to,
  }));
  return { stage, title, from, to, actions, looks };
}
