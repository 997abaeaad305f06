import type { Event, Report } from "./report.js";

/** Milliseconds between two lines that only say how far a stage has come. */
const patience = 5_000;

/** Lines for a log. What goes on for long says so, but no more often than somebody can read. */
export function plainReport(write: (line: string) => void, now: () => number = () => performance.now()): Report {
  const spoken = new Map<string, number>();
  return (event) => {
    const line = plainLine(event);
    if (line === undefined) return;
    const last = spoken.get(event.stage);
    if (event.event === "progress" && last !== undefined && now() - last < patience) return;
    spoken.set(event.stage, now());
    write(line);
  };
}

/** An event as a line of a log, or undefined where a log needs none. */
export function plainLine(event: Event): string | undefined {
  switch (event.event) {
    case "action-started":
      return `${event.stage}: ${event.action}`;
    case "action-ended":
      if (!event.ok) return `${event.stage}: ${event.action}: failed after ${seconds(event.ms)}`;
      return event.ms >= noticeable ? `${event.stage}: ${event.action}: done in ${seconds(event.ms)}` : undefined;
    case "progress":
    case "note":
      return `${event.stage}: ${event.message}`;
    case "problem":
      return event.message;
    case "stage-ended":
      return event.ok && (event.actions > 0 || event.ms >= noticeable)
        ? `${event.stage}: done in ${seconds(event.ms)}`
        : undefined;
    default:
      return undefined;
  }
}

/** Milliseconds from which on a person wants to be told that something has ended. */
const noticeable = 1000;

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
