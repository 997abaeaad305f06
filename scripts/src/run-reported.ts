import { observeCommands } from "@k3s-lab/exec";
import type { Lab } from "@k3s-lab/lab";
import { exitCode, failureOf } from "@k3s-lab/problem";
import { commandEvents, type Event, openReport, type Report, reportKind, type Verbosity } from "@k3s-lab/steps";
import type { Invocation } from "./run-command.js";
import { openRunLog, type RunLog } from "./run-log.js";
import { Whereabouts } from "./where-stopped.js";

/** What a command that changes something is given to report by. */
export interface Run {
  readonly report: Report;
  /** Undefined where no lab is at hand. */
  readonly log: RunLog | undefined;
  /** Writes a result to standard output at once, beside what is shown of the run. */
  print(text: string): void;
  /**
   * Writes the last words of a run, once nothing is drawn any more; with --quiet it does not. As JSON that is the event
   * `summary`, where one is given.
   */
  conclude(text: string, summary?: object): void;
}

export interface RunReportedOptions {
  /** Names the command in events and in the name of the log: "lab:up". */
  readonly command: string;
  /** Whose `.lab/logs/` gets the log; without one there is none. */
  readonly lab?: Pick<Lab, "state"> | undefined;
  /** The names of the stages, in the order in which they are shown. */
  readonly stages?: readonly string[];
  /** Whether events go to standard output as JSON. */
  readonly json?: boolean;
}

type Reported = Invocation<"quiet" | "verbose">;

/**
 * Runs what a command does, and shows it: on a terminal, in a log, or as JSON. An error is reported as an event, with the file of
 * the run's log; an interruption with where it came, and what the next run does. Resolves with the exit code.
 */
export async function runReported(
  invocation: Pick<Reported, "flag" | "signal" | "again">,
  { command, lab, stages, json = false }: RunReportedOptions,
  body: (run: Run) => Promise<number | void>,
): Promise<number> {
  const { signal, again } = invocation;
  const verbosity = verbosityOf(invocation);
  const reporter = await openReport(json ? "json" : reportKind(), { verbosity, ...(stages && { stages }) });
  const log = lab && openRunLog(lab, command);
  const whereabouts = new Whereabouts();
  let isTold = false;
  const report = (given: Event) => {
    // Each process of an interrupted run reports that of itself; the command reports it for all.
    if (given.event === "problem" && given.exitCode === exitCode.interrupted && given.stage !== command) return;
    const event = given.event === "problem" && log !== undefined && !isTold ? { ...given, log: log.file } : given;
    if (event.event === "problem") isTold = true;
    whereabouts.update(event);
    log?.event(event);
    reporter.report(event);
  };
  const interrupting = () => {
    whereabouts.stop();
    const message = "Interrupted: ending what was started. Ctrl-C once more ends at once.";
    report({ event: "interrupting", stage: command, message });
  };
  signal.addEventListener("abort", interrupting, { once: true });
  using _observed = observeCommands(commandEvents(report, command));
  const last: string[] = [];
  const run: Run = {
    report,
    log,
    print: (text) => reporter.print(text, process.stdout),
    conclude(text, summary) {
      if (!json) last.push(text);
      else if (summary) last.push(JSON.stringify({ event: "summary", ...summary, time: new Date() }));
    },
  };
  let code: number;
  try {
    code = (await body(run)) ?? exitCode.done;
  } catch (error) {
    if (signal.aborted) code = exitCode.interrupted;
    else {
      const { message, id, exitCode: failed } = failureOf(error);
      report({ event: "problem", stage: command, message, id, exitCode: failed });
      code = failed;
    }
  }
  // What came to its end all the same is done.
  if (signal.aborted && code !== exitCode.done) {
    code = exitCode.interrupted;
    const message = `interrupted ${whereabouts.words}. \`${again}\` continues from there.`;
    report({ event: "problem", stage: command, message, exitCode: code });
  }
  signal.removeEventListener("abort", interrupting);
  reporter.end();
  log?.close();
  if (verbosity !== "quiet") for (const text of last) console.log(text);
  return code;
}

function verbosityOf({ flag }: Pick<Reported, "flag">): Verbosity {
  if (flag("quiet")) return "quiet";
  return flag("verbose") ? "verbose" : "usual";
}
