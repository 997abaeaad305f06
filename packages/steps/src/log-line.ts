import type { Event } from "./report.js";
import { seconds } from "./plain.js";

/** Renders any event as a line of a run's log, in which nothing is left out. */
export function logLine(event: Event): string {
  return `${event.stage.padEnd(13)} ${told(event)}`;
}

function told(event: Event): string {
  switch (event.event) {
    case "stage-started":
      return "begins";
    case "stage-ended":
      return `${outcome(event)}, ${event.actions} actions`;
    case "step-started":
      return `step ${event.id} (${event.step}) begins`;
    case "step-ended":
      return `step ${event.id} ${outcome(event)}, ${event.actions} actions`;
    case "action-started":
      return `action begins: ${event.action}`;
    case "action-ended":
      return `action ${outcome(event)}: ${event.action}`;
    case "progress":
      return event.of === undefined ? event.message : `${event.message} [${event.of}]`;
    case "note":
      return `note: ${event.message}`;
    case "command-started":
      return `$ ${event.command}`;
    case "command-ended":
      return `ended with ${event.exitCode ?? "a signal, or not started"} in ${seconds(event.ms)}: ${event.command}`;
    case "plan":
    case "interrupting":
      return event.message;
    case "problem":
      return `problem (exit code ${event.exitCode}): ${event.message}`;
  }
}

function outcome({ ok, ms }: { readonly ok: boolean; readonly ms: number }): string {
  return `${ok ? "done" : "failed"} in ${seconds(ms)}`;
}
