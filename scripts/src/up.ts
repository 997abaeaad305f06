#!/usr/bin/env node
import { type Lab, openLab } from "@k3s-lab/lab";
import { forgetProxies } from "@k3s-lab/cluster";
import { takeLock } from "@k3s-lab/host";
import { requireRootFor } from "@k3s-lab/machines";
import { clearMarks, countOf, isWhole, type Plan, planLab, prepareMarks } from "@k3s-lab/stages";
import { Facts, openReport, type Report, reportKind } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { checkHost, checkNamed } from "./check-host.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import type { TurboResult } from "./run-turbo.js";
import { renderSummary, summarizeLab } from "./summarize-lab.js";

await runCommand(commands.up, async ({ file, flag, signal }) => {
  const asked = await openLab(file);
  const elsewhere = await becomeRoot(asked, "lab:up");
  if (elsewhere !== undefined) return elsewhere;
  requireRootFor(asked, "lab:up");
  checkHost(asked);
  await checkNamed(asked, signal);
  using _lock = takeLock(asked.state.path("lock"), "lab:up");
  // Recorded only now: another command may have been at work on this lab until here.
  const lab = await openLab(file, { record: true });
  if (flag("take-proxies")) forgetProxies(lab);
  const started = performance.now();
  const report = openReport(flag("json") ? "json" : reportKind());
  if (lab.note !== undefined) report({ event: "note", stage: "machines", message: lab.note });
  const plan = await lookFirst(lab, new Facts(signal));
  // A record that was lost is made again by its stage.
  const isDone = plan !== undefined && countOf(plan.fetch, plan.stages) === 0 && isWhole(chain, lab);
  if (isDone) recordPlan(lab, plan, report);
  const { exitCode, stages } = isDone ? { exitCode: 0, stages: [] } : await makeLab(lab, report, signal);
  if (exitCode !== 0) return exitCode;
  const summary = summarizeLab(lab, stages, performance.now() - started);
  console.log(flag("json") ? JSON.stringify({ event: "summary", ...summary }) : renderSummary(summary));
  return 0;
});

/** Plans a lab that was made before; for one that never was, everything is to be done, and there is nothing to see. */
async function lookFirst(lab: Lab, facts: Facts): Promise<Plan | undefined> {
  if (chain.every(({ record }) => lab.state.read(record) === undefined)) return undefined;
  const plan = await planLab(chain, lab, facts, true);
  // What stands before an obstacle is carried out all the same, as the plan shows it.
  if (plan.obstacle && countOf(plan.fetch, plan.stages) === 0) throw plan.obstacle;
  return plan.obstacle ? undefined : plan;
}

/** Starts every stage at once; each waits for the one before to end. */
async function makeLab(lab: Lab, report: Report, signal: AbortSignal): Promise<TurboResult> {
  const { runTurbo } = await import("./run-turbo.js");
  prepareMarks(lab);
  try {
    return await runTurbo("lab:ahead", lab, report, signal, "lab:up");
  } finally {
    clearMarks(lab);
  }
}

/** Reports and records what was decided, which may be news of the host that nothing has to be done about. */
function recordPlan({ state }: Lab, { values, notes }: Plan, report: Report): void {
  for (const message of notes) report({ event: "note", stage: "lab:up", message });
  for (const stage of chain) {
    const value = values[stage.key];
    if (value !== undefined) state.write(stage.record, value);
  }
}
