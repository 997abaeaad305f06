import { readFileSync } from "node:fs";
import type { Event } from "../../src/index.js";

/** An event, and how many milliseconds after the first it was reported. */
export interface RecordedEvent {
  readonly at: number;
  readonly event: Event;
}

/** What a `lab:up -- --json` of three nodes has printed, from nothing, with K3s in the cache: seen on 2026-11-30. */
export const recordedUp = new URL("up.jsonl", import.meta.url);

/** The events of one that builds K3s beside its machines, composed by hand of such events: a build takes minutes. */
export const composedUp = new URL("up-with-build.jsonl", import.meta.url);

/** Reads what a command with --json has printed. */
export function readRecorded(file: URL | string): readonly RecordedEvent[] {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as Event & { readonly time: string });
  const begun = Date.parse(events[0]?.time ?? "");
  // The last line of a run that succeeded is no event.
  const [last] = events.slice(-1);
  if ((last?.event as string) === "summary") events.pop();
  return events.map(({ time, ...event }) => ({ at: Date.parse(time) - begun, event: event as Event }));
}
