import { followOwner, interruption, observeCommands, openToAll, tellUncaught } from "@k3s-lab/exec";
import { findConfig, type Lab, openLab, useHostSettings } from "@k3s-lab/lab";
import { failureOf, interrupted } from "@k3s-lab/problem";
import { carryOut, commandEvents, Facts, openReport, type Report, reportKind, type Step } from "@k3s-lab/steps";
import { contributorsTo, decideStage, recordedBefore, stageNamed, stepsOf } from "./decide.js";
import { markEnded, untilEnded } from "./relay.js";
import type { Stage } from "./stage.js";

/** What turbo runs of a stage: `ahead` is both of the others, in a process that waits in between for the stage before. */
export type Task = "fetch" | "up" | "ahead";

/** The variable by which `lab:up` tells its stages that a person, or --yes, has agreed to what is destroyed. */
export const agreedVariable = "K3S_LAB_AGREED";

/** Runs one task of one stage as a program, as turbo starts it: opens the lab, reports, and sets the exit code. */
export async function runStage(chain: readonly Stage[], name: string, task: Task): Promise<void> {
  const reporter = await openReport(reportKind());
  const { report } = reporter;
  tellUncaught(({ message, id, exitCode }) => report({ event: "problem", stage: name, message, id, exitCode }));
  openToAll();
  const signal = interruption();
  followOwner();
  using _observed = observeCommands(commandEvents(report, name));
  const mayDestroy = process.env[agreedVariable] === "1";
  let [actions, ms] = [0, 0];
  let ok = false;
  report({ event: "stage-started", stage: name });
  /** Its time is that of its own work, without what it waits for. */
  const work = async (facts: Facts, steps: () => Promise<readonly Step[]> | readonly Step[]) => {
    const started = performance.now();
    try {
      actions += await carryOut(await steps(), { stage: name, report, facts, mayDestroy });
    } finally {
      ms += performance.now() - started;
    }
  };
  try {
    const stage = stageNamed(chain, name);
    // One run, one configuration: lab.yaml may be edited after the command that started this stage has read it.
    const { K3S_LAB_OWNER: owner, K3S_LAB_CONFIG: found = "" } = process.env;
    const fetches = task === "fetch";
    const lab = await openLab(owner === undefined ? findConfig(undefined) : found, {
      record: fetches ? "new" : true,
      // What is fetched for a change is not what the lab was made with.
      asRecorded: owner !== undefined && !fetches,
    });
    await useHostSettings(lab);
    if (task !== "up") await work(new Facts(signal), () => stage.fetch(lab));
    if (task === "ahead") await untilEnded(chain[chain.indexOf(stage) - 1], lab, signal);
    const facts = new Facts(signal);
    if (!fetches) await work(facts, () => decideSteps(chain, stage, lab, facts, report));
    if (task === "ahead") markEnded(stage, lab);
    ok = true;
  } catch (error) {
    const { message, id, exitCode } = signal.aborted ? interrupted : failureOf(error);
    process.exitCode = exitCode;
    report({ event: "problem", stage: name, message, id, exitCode });
  } finally {
    report({ event: "stage-ended", stage: name, ok, ms, actions });
    reporter.end();
  }
}

/** Decides what a stage should be, records it, and returns the steps that make it so. */
export async function decideSteps(
  chain: readonly Stage[],
  stage: Stage,
  lab: Lab,
  facts: Facts,
  report: Report,
): Promise<readonly Step[]> {
  const note = (message: string) => report({ event: "note", stage: stage.name, message });
  const before = recordedBefore(chain, stage, lab);
  const deciding = { lab, facts, mayAsk: true, note, assume: () => {} };
  const value = await decideStage(chain, stage, before, deciding);
  // Before anything is made: a run that is interrupted goes on with the same decisions.
  lab.state.write(stage.record, value);
  const values: Record<string, object> = { ...before, [stage.key]: value };
  // What a later stage contributes follows from its own value, which its own run decides again, and tells of.
  const isContributedTo = contributorsTo(chain, stage).length > 0;
  for (const later of isContributedTo ? chain.slice(chain.indexOf(stage) + 1) : []) {
    values[later.key] = await decideStage(chain, later, values, { ...deciding, mayAsk: false, note: () => {} });
  }
  return stepsOf(chain, stage, { lab, values, signal: facts.signal });
}
