import { nodeOf } from "../span.js";
import { type Bar, type StepBars, stagesOf } from "./bars.js";
import type { NodeEvent } from "./node-event.js";

/** A piece of the chain of what waited for what, from the start of the command to its end. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  /** "nothing": neither an action nor a step was under way, processes started or waited for each other. */
  readonly kind: Bar["kind"] | "node" | "nothing";
  /** What it is a part of: the bar, or the node's event that it ends with. */
  readonly bar?: Bar;
  readonly event?: NodeEvent;
}

/** Milliseconds. */
const soon = 500;

interface Run {
  readonly steps: readonly StepBars[];
  /** In the order of time. */
  readonly events: readonly NodeEvent[];
  readonly server: string;
  readonly nodes: readonly string[];
  /** Milliseconds from the start of the command to its end. */
  readonly took: number;
}

/**
 * Returns the critical path, as far as times tell it: events name no dependencies. Walks back from the end: what ended last
 * before something began is what that had waited for, in its own stage or one before, since no stage waits for a later one.
 * An action on a node is followed into the node's own events, and an agent that joins into those of the server whose API it
 * waited for.
 */
export function criticalPath({ steps, events, server, nodes, took }: Run): readonly Piece[] {
  const pieces: Piece[] = [];
  let bars = steps.flatMap(({ actions, looks }) => [...actions, ...looks]);
  const stages = stagesOf(steps);
  let now = took;
  while (now > 0) {
    const bar = lastBefore(bars, now);
    const end = bar?.to ?? 0;
    if (end < now) pieces.unshift({ kind: "nothing", title: titleOfNothing(end, now, took), from: end, to: now });
    if (bar === undefined) break;
    pieces.unshift(...piecesOf(bar, events, { server, nodes }));
    const mayPrecede = new Set(stages.slice(0, stages.indexOf(bar.stage) + 1));
    bars = bars.filter(({ stage }) => mayPrecede.has(stage));
    now = bar.from;
  }
  return pieces.filter(({ from, to }) => to > from);
}

/** Of what has ended by then, what ended last; of several, the longest. */
function lastBefore(bars: readonly Bar[], now: number): Bar | undefined {
  return bars
    .filter(({ from, to }) => to <= now && to > from)
    .toSorted((a, b) => b.to - a.to || a.from - b.from)
    .at(0);
}

function titleOfNothing(from: number, to: number, took: number): string {
  if (from === 0) return "the command and the stages start";
  return to === took ? "the command ends" : "nothing reported";
}

function piecesOf(
  bar: Bar,
  events: readonly NodeEvent[],
  { server, nodes }: Pick<Run, "server" | "nodes">,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let now = bar.to;
  let node = bar.kind === "action" ? (nodeOf(bar.title, nodes) ?? awaited(bar, events)) : undefined;
  const add = (piece: Omit<Piece, "to">) => {
    pieces.unshift({ ...piece, to: now });
    now = piece.from;
  };
  const within = (of: string | undefined) =>
    events.filter((event) => event.node === of && event.at > bar.from && event.at <= now);
  for (let event = within(node).at(-1); event !== undefined; event = within(node).at(-1)) {
    if (event.at < now) add({ kind: bar.kind, title: bar.title, bar, from: event.at });
    const { at } = event;
    const before = within(node).findLast((each) => each.at < at)?.at ?? bar.from;
    const answers = event.what === "joined" && node !== server ? events.find(answersOf(server)) : undefined;
    const waitedFor = answers !== undefined && answers.at > before && answers.at < event.at ? answers : undefined;
    add({ kind: "node", title: `${event.node}: ${event.what}`, event, from: waitedFor?.at ?? before });
    if (waitedFor !== undefined) node = server;
    else if (before === bar.from) return pieces;
  }
  if (now > bar.from) add({ kind: bar.kind, title: bar.title, bar, from: bar.from });
  return pieces;
}

/** An action that is about no node, and ends soon after an event of one, has waited for that. */
function awaited({ from, to }: Bar, events: readonly NodeEvent[]): string | undefined {
  return events.findLast(({ at }) => at > from && at <= to && to - at < soon)?.node;
}

function answersOf(server: string) {
  return ({ node, what }: NodeEvent) => node === server && what === "API answers";
}
