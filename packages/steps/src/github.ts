import { relative } from "node:path";
import { exitCode, type Place } from "@k3s-lab/problem";
import type { Event, Report } from "./report.js";
import { plainReport } from "./plain.js";
import { lineReporter, type Reporter } from "./reporter.js";

// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands

/**
 * Writes the lines of a log in a group for each stage, and annotations for errors. Groups cannot be nested: while one stage's is
 * open, what others report, which fill their caches at the same time, waits for its turn.
 */
export function githubReporter(write: (line: string) => void): Reporter {
  /** The stages that have begun, in that order; the first one's group is open. */
  const held = new Map<string, string[]>();
  const ended = new Set<string>();
  const open = (stage: string) => {
    write(`::group::${stage}`);
    for (const line of held.get(stage) ?? []) write(line);
  };
  /** Closes the open group, and each one behind it that is complete. */
  const close = () => {
    for (let [first] = held.keys(); first !== undefined && ended.has(first);) {
      write("::endgroup::");
      held.delete(first);
      ended.delete(first);
      [first] = held.keys();
      if (first !== undefined) open(first);
    }
  };
  const end = () => {
    for (const stage of held.keys()) ended.add(stage);
    close();
  };
  const lines = plainReport((line, { stage }) => {
    const [first] = held.keys();
    if (first === undefined || stage === first || !held.has(stage)) write(line);
    else held.get(stage)?.push(line);
  });
  const report: Report = (event: Event) => {
    if (event.event === "problem") {
      // Outside of every group, which a reader would have to open to see it.
      end();
      // Who has interrupted a job need not be shown it as an error.
      if (event.exitCode !== exitCode.interrupted) write(annotation(event.message, event.id));
      lines(event);
      return;
    }
    if (event.event === "stage-started" && !held.has(event.stage)) {
      held.set(event.stage, []);
      if (held.size === 1) open(event.stage);
    }
    lines(event);
    if (event.event === "stage-ended" && held.has(event.stage)) {
      ended.add(event.stage);
      close();
    }
  };
  return lineReporter(report, end);
}

/** Whether this is a job of GitHub Actions, which reads commands in what is printed. */
export function isGithub(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.GITHUB_ACTIONS === "true";
}

/** Returns the command that shows an error beside the job; with a place, in the file itself. */
export function annotation(
  message: string,
  title: string | undefined,
  place?: Place,
  { GITHUB_WORKSPACE: workspace = "" }: NodeJS.ProcessEnv = process.env,
): string {
  const properties = {
    title,
    // GitHub knows files by their path in the repository.
    file: place && (workspace === "" ? place.file : relative(workspace, place.file)),
    line: place?.line,
    col: place?.column,
  };
  const written = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`],
  );
  return `::error${written.length > 0 ? ` ${written.join(",")}` : ""}::${escapeData(place?.message ?? message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
