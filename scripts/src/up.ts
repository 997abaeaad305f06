#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { type Lab, openLab, recordConfig } from "@k3s-lab/lab";
import { forgetProxies, resetQuorumFlag, resetQuorumVariable } from "@k3s-lab/cluster";
import { takeLock } from "@k3s-lab/host";
import { requireRootFor } from "@k3s-lab/machines";
import { exitCode } from "@k3s-lab/problem";
import {
  agreedVariable,
  clearMarks,
  countOf,
  isWhole,
  type Plan,
  planLab,
  prepareMarks,
  removeLab,
} from "@k3s-lab/stages";
import { finishRestore } from "@k3s-lab/snapshots";
import { Facts, fitTo, paintFor, type Report } from "@k3s-lab/steps";
import { agreeTo, type Agreeing } from "./agree.js";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { checkHost, checkNamed } from "./check-host.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { type Run, runReported } from "./run-reported.js";
import type { TurboResult } from "./run-turbo.js";
import { destroyedBy, headlineOf, headlineOfNew, renderChanges } from "./show-plan.js";
import { renderSummary, summarizeLab } from "./summarize-lab.js";

await runCommand(commands.up, async (invocation) => {
  const { command, call, file, flag, signal } = invocation;
  const asked = await openLab(file);
  const elsewhere = await becomeRoot(asked, "lab:up");
  if (elsewhere !== undefined) return elsewhere;
  requireRootFor(asked, "lab:up");
  checkHost(asked);
  await checkNamed(asked, signal);
  using _lock = takeLock(asked.state.path("lock"), "lab:up");
  await finishRestore(asked);
  // Again: another command may have been at work on this lab until here.
  const lab = await openLab(file);
  const putProxiesBack = flag("take-proxies") ? forgetProxies(lab) : undefined;
  if (flag(resetQuorumFlag)) process.env[resetQuorumVariable] = "1";
  const started = performance.now();
  const plan = await lookFirst(lab, new Facts(signal));
  let isAgreed = flag("yes");
  try {
    isAgreed ||= await agrees(lab, plan, { command, unasked: call("--yes"), signal });
  } finally {
    if (!isAgreed) putProxiesBack?.();
  }
  if (!isAgreed) {
    console.error("Nothing was touched.");
    return exitCode.failed;
  }
  // Only now, and no log before: what nobody has agreed to leaves no trace.
  recordConfig(lab);
  const stages = chain.map(({ name }) => name);
  // Awaited here, so that the lock is held until then.
  return await runReported(invocation, { command: "lab:up", lab, stages, json: flag("json") }, async (run) => {
    const { report } = run;
    if (lab.note !== undefined) report({ event: "note", stage: "machines", message: lab.note });
    // A record that was lost is made again by its stage.
    const isDone = plan !== undefined && !hasActions(plan) && isWhole(chain, lab);
    if (isDone) recordPlan(lab, plan, report);
    const made = isDone ? { exitCode: exitCode.done, stages: [] } : await makeLab(lab, plan, flag("yes"), run, signal);
    if (made.exitCode !== exitCode.done) return made.exitCode;
    const summary = summarizeLab(lab, made.stages, performance.now() - started);
    run.conclude(renderSummary(summary), summary);
    return exitCode.done;
  });
});

/** Plans a lab that was made before; for one that never was, everything is to be done, and there is nothing to see. */
async function lookFirst(lab: Lab, facts: Facts): Promise<Plan | undefined> {
  const isNew = chain.every(({ record }) => lab.state.read(record) === undefined) && !lab.state.exists("secrets");
  if (isNew) return undefined;
  const plan = await planLab(chain, lab, facts, true);
  // What stands before an obstacle is carried out all the same, as the plan shows it; but no lab is removed for another one
  // that cannot be made.
  if (plan.obstacle && (plan.replaces || countOf(plan.fetch, plan.stages) === 0)) throw plan.obstacle;
  return plan;
}

function hasActions({ fetch, stages, replaces }: Plan): boolean {
  return countOf(fetch, stages) > 0 || replaces !== undefined;
}

/** Has a person agree to what a plan destroys; resolves with whether nothing stands against it. */
async function agrees({ config }: Lab, plan: Plan | undefined, asking: Agreeing): Promise<boolean> {
  const destroyed = plan === undefined ? [] : destroyedBy(plan);
  if (plan === undefined || destroyed.length === 0) return true;
  const { stderr } = process;
  return agreeTo(destroyed, { ...asking, plan: fitTo(stderr, renderChanges(plan, config.nodes, paintFor(stderr))) });
}

/** Starts every stage at once; each waits for the one before to end. */
async function makeLab(
  lab: Lab,
  plan: Plan | undefined,
  isAnythingAgreed: boolean,
  run: Run,
  signal: AbortSignal,
): Promise<TurboResult> {
  const names = lab.config.nodes.map(({ name }) => name);
  const message = plan === undefined ? headlineOfNew(names) : headlineOf(plan, names);
  run.report({ event: "plan", stage: "lab:up", message });
  // What the stages find to destroy beyond what was shown, they refuse.
  const mayDestroy = isAnythingAgreed || (plan !== undefined && destroyedBy(plan).length > 0);
  process.env[agreedVariable] = mayDestroy ? "1" : "0";
  // Before the rest is loaded: this process waits beside those of all stages, which are kept small, too.
  setFlagsFromString("--optimize-for-size");
  const { runTurbo } = await import("./run-turbo.js");
  if (plan?.replaces !== undefined) {
    const fetched = await runTurbo("lab:fetch", lab, run, signal, "lab:up");
    if (fetched.exitCode !== exitCode.done) return fetched;
    await removeLab(chain, lab, run.report, new Facts(signal));
  }
  prepareMarks(lab);
  try {
    return await runTurbo("lab:ahead", lab, run, signal, "lab:up");
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
