import { exitCode, findConfig, type Lab, openLab, Problem } from "@k3s-lab/lab";
import { openReport, reportKind } from "./open-report.js";
import type { Report } from "./report.js";

export interface StageContext {
  readonly lab: Lab;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * The whole program of a stage: opens the lab, reports, and ends with the exit code. The body resolves with the
 * number of actions it took.
 */
export async function runStage(stage: string, body: (context: StageContext) => Promise<number>): Promise<void> {
  const report = openReport(reportKind());
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interruption.abort());
  const started = performance.now();
  let actions = 0;
  let ok = false;
  report({ event: "stage-started", stage });
  try {
    const lab = await openLab(findConfig(undefined), { record: true });
    actions = await body({ lab, report, signal: interruption.signal });
    ok = true;
  } catch (error) {
    process.exitCode = interruption.signal.aborted ? exitCode.interrupted : codeOf(error);
    const message = interruption.signal.aborted ? "interrupted; the next run goes on from here" : messageOf(error);
    report({ event: "problem", stage, message, exitCode: process.exitCode });
  } finally {
    report({ event: "stage-ended", stage, ok, ms: performance.now() - started, actions });
  }
}

export function codeOf(error: unknown): number {
  return error instanceof Problem ? error.exitCode : exitCode.failed;
}

/** A Problem says all that a person needs; anything else is a defect of ours, and its stack is wanted. */
export function messageOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
