import { followOwner, interruption } from "@k3s-lab/exec";
import { findConfig, type Lab, openLab } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { carryOut, codeOf, Facts, messageOf, openReport, type Report, reportKind } from "@k3s-lab/steps";
import { contributorsTo, decideStage, indexOf, recordedBefore, remainsOf, stepsOf } from "./decide.js";
import type { Stage } from "./stage.js";

/** What turbo runs of a stage. */
export type Task = "fetch" | "up";

/**
 * The whole program of one task of one stage, as turbo starts it: opens the lab, reports, and ends with the exit code.
 */
export async function runStage(chain: readonly Stage[], name: string, task: Task): Promise<void> {
  const report = openReport(reportKind());
  const signal = interruption();
  followOwner();
  const started = performance.now();
  let actions = 0;
  let ok = false;
  report({ event: "stage-started", stage: name });
  try {
    const lab = await openLab(findConfig(undefined), { record: true });
    const facts = new Facts(signal);
    actions = await (task === "up" ? up(chain, name, lab, report, facts) : fetch(chain, name, lab, report, facts));
    ok = true;
  } catch (error) {
    process.exitCode = signal.aborted ? exitCode.interrupted : codeOf(error);
    const message = signal.aborted ? "interrupted; the next run goes on from here" : messageOf(error);
    report({ event: "problem", stage: name, message, exitCode: process.exitCode });
  } finally {
    report({ event: "stage-ended", stage: name, ok, ms: performance.now() - started, actions });
  }
}

async function fetch(chain: readonly Stage[], name: string, lab: Lab, report: Report, facts: Facts): Promise<number> {
  const steps = chain[indexOf(chain, name)]?.fetch(lab) ?? [];
  return carryOut(steps, { stage: name, report, facts });
}

async function up(chain: readonly Stage[], name: string, lab: Lab, report: Report, facts: Facts): Promise<number> {
  const note = (message: string) => report({ event: "note", stage: name, message });
  const deciding = { lab, facts, mayAsk: true, note, assume: () => {} };
  const remains = await remainsOf(chain, lab, facts);
  const at = indexOf(chain, name);
  let values = recordedBefore(chain, name, lab);
  for (const [index, stage] of chain.slice(at).entries()) {
    // Of the stages behind it, only what contributes to it need be known now.
    if (index > 0 && contributorsTo(chain, name).length === 0) break;
    const silent = { ...deciding, mayAsk: false, note: () => {} };
    const value = await decideStage(stage, values, remains, index === 0 ? deciding : silent);
    // Before anything is made: an interrupted run goes on with the same decisions.
    if (index === 0) lab.state.write(stage.record, value);
    values = { ...values, [stage.key]: value };
  }
  return carryOut(stepsOf(chain, name, lab, values), { stage: name, report, facts });
}
