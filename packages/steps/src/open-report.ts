import { encodeEvent } from "./events.js";
import { plainReport } from "./plain.js";
import { prettyReport } from "./pretty.js";
import type { Report } from "./report.js";

export type ReportKind = "pretty" | "plain" | "json" | "events";

/** Chooses pretty on a terminal and plain in a log; K3S_LAB_REPORT decides for the stages of a pipeline. */
export function reportKind(
  env: NodeJS.ProcessEnv = process.env,
  isTTY: boolean = process.stderr.isTTY === true,
): ReportKind {
  const asked = env.K3S_LAB_REPORT;
  if (asked === "pretty" || asked === "plain" || asked === "json" || asked === "events") return asked;
  // turbo gives its tasks a terminal but prefixes their lines: nothing may be redrawn there.
  return isTTY && !env.CI && !env.TURBO_HASH && env.TERM !== "dumb" ? "pretty" : "plain";
}

/** People read standard error, so that standard output stays clean for a pipe. */
export function openReport(kind: ReportKind, env: NodeJS.ProcessEnv = process.env): Report {
  switch (kind) {
    case "pretty":
      // https://no-color.org: set and not empty.
      return prettyReport(process.stderr, { colour: !env.NO_COLOR });
    case "json":
      return (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
    case "events":
      return (event) => process.stdout.write(`${encodeEvent(event)}\n`);
    case "plain":
      return plainReport((line) => process.stderr.write(`${line}\n`));
  }
}
