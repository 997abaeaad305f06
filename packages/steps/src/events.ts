import type { Event } from "./report.js";

/** Marks an event among whatever else a pipeline prints. */
const mark = "@k3s-lab ";

export function encodeEvent(event: Event): string {
  return mark + JSON.stringify(event);
}

/** Returns the event in a line that a stage printed; undefined for any other line. */
export function decodeEvent(line: string): Event | undefined {
  const at = line.indexOf(mark);
  if (at === -1) return undefined;
  try {
    return JSON.parse(line.slice(at + mark.length)) as Event;
  } catch {
    return undefined;
  }
}
