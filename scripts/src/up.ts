#!/usr/bin/env node
import { type Lab, openLab } from "@k3s-lab/lab";
import { takeLock } from "@k3s-lab/host";
import { requireRootFor } from "@k3s-lab/machines";
import { countOf, type Plan, planLab } from "@k3s-lab/stages";
import { Facts, openReport, reportKind } from "@k3s-lab/steps";
import { chain } from "./chain.js";
import { command } from "./command.js";
import { runPipeline } from "./pipeline.js";
import { renderSummary, summaryOf } from "./summary.js";

await command(
  {
    name: "npm run lab:up",
    does: "Brings the lab up, or repairs it: machines, K3s on each of them, and the registry, all verified.",
    options: { json: { type: "boolean" } },
  },
  async ({ file, flag, signal }) => {
    const lab = await openLab(file);
    requireRootFor(lab, "lab:up");
    using _lock = takeLock(lab.state.path("lock"), "lab:up");
    // Recorded only now, so that the stages of another command at work keep the configuration that they began with.
    await openLab(file, { record: true });
    const started = performance.now();
    const report = openReport(flag("json") ? "json" : reportKind());
    const plan = await lookFirst(lab, new Facts(signal));
    const isFetched = plan !== undefined && countOf(plan.fetch) === 0;
    const isDone = isFetched && countOf(plan.stages) === 0;
    if (isDone) recordAll(lab, plan);
    const { exitCode, stages } = isDone
      ? { exitCode: 0, stages: [] }
      : await runPipeline("lab:up", lab, report, signal, { alone: isFetched });
    if (exitCode !== 0) return exitCode;
    const summary = summaryOf(lab, stages, performance.now() - started);
    console.log(flag("json") ? JSON.stringify({ event: "summary", ...summary }) : renderSummary(summary));
    return 0;
  },
);

/** A lab that was never made has everything to be done: there is nothing to look at. */
async function lookFirst(lab: Lab, facts: Facts): Promise<Plan | undefined> {
  if (chain.every(({ record }) => lab.state.read(record) === undefined)) return undefined;
  const plan = await planLab(chain, lab, facts);
  if (plan.obstacle) throw plan.obstacle;
  return plan;
}

/** What was decided stays the same mostly; a record that was lost is written again. */
function recordAll({ state }: Lab, { values }: Plan): void {
  for (const stage of chain) {
    const value = values[stage.key];
    if (value !== undefined) state.write(stage.record, value);
  }
}
