import { exitCode } from "@k3s-lab/problem";
import type { Event, EventOf, Report } from "./report.js";

/** Milliseconds between two lines of progress. */
const progressEvery = 5_000;

/** Writes lines for a log. Long work reports its progress, but no more often than a person can read. */
export function plainReport(
  write: (line: string, event: Event) => void,
  now: () => number = () => performance.now(),
): Report {
  const written = new Map<string, number>();
  return (event) => {
    const line = plainLine(event);
    if (line === undefined) return;
    const last = written.get(event.stage);
    if (event.event === "progress" && last !== undefined && now() - last < progressEvery) return;
    written.set(event.stage, now());
    write(line, event);
  };
}

/** Renders an event as a line of a log; undefined where a log needs none. */
export function plainLine(event: Event): string | undefined {
  switch (event.event) {
    case "action-started":
      return `${event.stage}: ${event.action}`;
    case "action-ended":
      if (!event.ok) return `${event.stage}: ${event.action}: failed after ${seconds(event.ms)}`;
      return event.ms >= noticeable ? `${event.stage}: ${event.action}: done in ${seconds(event.ms)}` : undefined;
    case "progress":
    case "note":
    case "plan":
      return `${event.stage}: ${event.message}`;
    case "command-started":
      return `${event.stage}: $ ${event.command}`;
    case "interrupting":
      return event.message;
    case "problem":
      return problemLines(event).join("\n");
    case "stage-ended":
      return event.ok && (event.actions > 0 || event.ms >= noticeable)
        ? `${event.stage}: done in ${seconds(event.ms)}`
        : undefined;
    default:
      return undefined;
  }
}

/** Returns an error as people read it, with the file to look into. */
export function problemLines({ message, log, exitCode: code }: EventOf<"problem">): readonly string[] {
  // Who has interrupted a run knows why it ended.
  return log === undefined || code === exitCode.interrupted ? [message] : [message, `The log of this run is ${log}`];
}

/** Milliseconds from which on a log reports that an action has ended. */
const noticeable = 1000;

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
