import type { Event } from "@k3s-lab/steps";

/** A line of a command's output, when it arrived. */
export interface TimedLine {
  /** Milliseconds since the command was started. */
  readonly at: number;
  readonly line: string;
}

/** What a command with `--json` reported, when it arrived. */
export interface TimedEvent {
  /** Milliseconds since the command was started. */
  readonly at: number;
  readonly event: Event;
}

/** Returns the events among the lines of a command with `--json`; its summary is none. */
export function eventsIn(lines: readonly TimedLine[]): readonly TimedEvent[] {
  return lines.flatMap(({ at, line }) => {
    const event = line.startsWith('{"event":')
      ? (JSON.parse(line) as Event | { readonly event: "summary" })
      : undefined;
    return event === undefined || event.event === "summary" ? [] : [{ at, event }];
  });
}
