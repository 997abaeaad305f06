#!/usr/bin/env node
import { takeLock } from "@k3s-lab/host";
import { type Lab, openLab } from "@k3s-lab/lab";
import { requireRootFor } from "@k3s-lab/machines";
import { finishRestore, restoringOf } from "@k3s-lab/snapshots";
import { startLab } from "@k3s-lab/stages";
import { Facts } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { checkHost, checkNamed } from "./check-host.js";
import { commands } from "./commands.js";
import { compareLabFile } from "./compare-lab-file.js";
import { requireLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";
import { renderSummary, summarizeLab } from "./summarize-lab.js";

await runCommand(commands.start, async (invocation) => {
  const { file, flag, signal } = invocation;
  const made = await openLab(file, { asRecorded: true });
  const elsewhere = await becomeRoot(made, "lab:start");
  if (elsewhere !== undefined) return elsewhere;
  if (restoringOf(made) === undefined) requireLab(made);
  requireRootFor(made, "lab:start");
  checkHost(made);
  await checkNamed(made, signal);
  using _lock = takeLock(made.state.path("lock"), "lab:start");
  const lab = (await finishRestore(made)) === undefined ? made : await openLab(file, { asRecorded: true });
  const started = performance.now();
  const order = chain.map(({ name }) => name);
  // Awaited here, so that the lock is held until then.
  return await runReported(
    invocation,
    { command: "lab:start", lab, stages: order, json: flag("json") },
    async (run) => {
      const stages = await startLab(chain, lab, run.report, new Facts(signal));
      const change = await whatWaits(lab);
      if (change !== undefined) run.report({ event: "note", stage: "lab:start", message: change });
      const summary = summarizeLab(lab, stages, performance.now() - started);
      run.conclude(renderSummary(summary), summary);
    },
  );
});

/** Tells what of lab.yaml the lab is started without: it goes by what was recorded when it was made. */
async function whatWaits(lab: Lab): Promise<string | undefined> {
  const compared = await compareLabFile(lab);
  if (compared === "same") return undefined;
  if (compared === "unreadable") return `${lab.file} cannot be read; the lab is started as it was made`;
  return `${lab.file} has changed since the last lab:up; \`npm run lab:up\` applies it`;
}
