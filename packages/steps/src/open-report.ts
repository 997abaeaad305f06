import { encodeEvent } from "./events.js";
import { githubReporter, isGithub } from "./github.js";
import { plainReport } from "./plain.js";
import type { Event, Report } from "./report.js";
import { lineReporter, type Reporter } from "./reporter.js";

export type ReportKind = "pretty" | "plain" | "github" | "json" | "events";
const kinds: ReadonlySet<string> = new Set<ReportKind>(["pretty", "plain", "github", "json", "events"]);

/** How much is reported: errors alone, what is done, or every program that is started, too. */
export type Verbosity = "quiet" | "usual" | "verbose";

/** Chooses pretty on a terminal and plain in a log; K3S_LAB_REPORT decides for the stages of a pipeline. */
export function reportKind(
  env: NodeJS.ProcessEnv = process.env,
  isTTY: boolean = process.stderr.isTTY === true,
): ReportKind {
  const asked = env.K3S_LAB_REPORT;
  if (asked !== undefined && kinds.has(asked)) return asked as ReportKind;
  // turbo gives its tasks a terminal but prefixes their lines: nothing may be redrawn there.
  if (isTTY && !env.CI && !env.TURBO_HASH && env.TERM !== "dumb") return "pretty";
  return isGithub(env) ? "github" : "plain";
}

export interface OpenReportOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly verbosity?: Verbosity;
  /** The names of the stages, in the order in which they are shown. */
  readonly stages?: readonly string[];
}

/** People read standard error, so that standard output stays clean for a pipe. */
export async function openReport(kind: ReportKind, options: OpenReportOptions = {}): Promise<Reporter> {
  const { verbosity = "usual" } = options;
  // Between the processes of one run all is handed on: the command that shows it chooses.
  if (kind === "events") return lineReporter((event) => process.stdout.write(`${encodeEvent(event)}\n`));
  const shown = kind === "pretty" && verbosity === "quiet" ? "plain" : kind;
  const reporter = await reporterOf(shown, options);
  const report: Report = (event) => {
    // A terminal that has a picture on it is left to a program that needs it.
    if (isShown(event, verbosity) || shown === "pretty") reporter.report(event);
  };
  return { ...reporter, report };
}

async function reporterOf(kind: Exclude<ReportKind, "events">, options: OpenReportOptions): Promise<Reporter> {
  const { env = process.env, verbosity, stages } = options;
  const { stderr, stdout } = process;
  const line = (text: string) => void stderr.write(`${text}\n`);
  switch (kind) {
    case "pretty": {
      // Loaded late: what measures text on a terminal is needed nowhere else.
      const { prettyReporter } = await import("./pretty.js");
      return prettyReporter(stderr, {
        // https://no-color.org: set and not empty.
        colour: !env.NO_COLOR,
        // The console of Linux has no further signs.
        unicode: env.TERM !== "linux",
        showsCommands: verbosity === "verbose",
        ...(stages && { stages }),
      });
    }
    case "json":
      return lineReporter((event) => stdout.write(`${jsonLine(event)}\n`));
    case "github":
      return githubReporter(line);
    case "plain":
      return lineReporter(plainReport(line));
  }
}

/** Renders an event as `--json` prints it. */
export function jsonLine(event: Event, now: Date = new Date()): string {
  return JSON.stringify({ ...event, time: now.toISOString() });
}

function isShown(event: Event, verbosity: Verbosity): boolean {
  if (verbosity === "quiet") return event.event === "problem";
  const isCommand = event.event === "command-started" || event.event === "command-ended";
  return verbosity === "verbose" || !isCommand;
}
