import { interruption } from "@k3s-lab/exec";
import { findConfig, type Lab, openLab } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { followOwner } from "./follow-owner.js";
import { codeOf, messageOf } from "./message.js";
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
  const signal = interruption();
  followOwner();
  const started = performance.now();
  let actions = 0;
  let ok = false;
  report({ event: "stage-started", stage });
  try {
    const lab = await openLab(findConfig(undefined), { record: true });
    actions = await body({ lab, report, signal });
    ok = true;
  } catch (error) {
    process.exitCode = signal.aborted ? exitCode.interrupted : codeOf(error);
    const message = signal.aborted ? "interrupted; the next run goes on from here" : messageOf(error);
    report({ event: "problem", stage, message, exitCode: process.exitCode });
  } finally {
    report({ event: "stage-ended", stage, ok, ms: performance.now() - started, actions });
  }
}
