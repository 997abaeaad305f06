#!/usr/bin/env node
import { existsSync } from "node:fs";
import { takeLock } from "@k3s-lab/host";
import { type Lab, openLab } from "@k3s-lab/lab";
import { machinesRecord, requireRootFor } from "@k3s-lab/machines";
import { exitCode } from "@k3s-lab/problem";
import {
  checkFit,
  decideNetwork,
  finishRestore,
  type Manifest,
  readManifest,
  readRecords,
  type Records,
  restoreStep,
  snapshotFolder,
} from "@k3s-lab/snapshots";
import { startLab } from "@k3s-lab/stages";
import { carryOut, carryOutStage, Facts } from "@k3s-lab/steps";
import { agreeTo } from "./agree.js";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { checkHost, checkNamed } from "./check-host.js";
import { commands } from "./commands.js";
import { compareLabFile } from "./compare-lab-file.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";
import { renderSummary, summarizeLab } from "./summarize-lab.js";

await runCommand(commands.restore, async (invocation) => {
  const { command, call, operands, file, flag, signal } = invocation;
  const [named = ""] = operands;
  const folder = snapshotFolder(named);
  const manifest = readManifest(folder, named);
  const records = readRecords(folder);
  const asked = toBe(await openLab(file, { anyConfig: true }), manifest, records);
  const elsewhere = await becomeRoot(asked, "lab:restore");
  if (elsewhere !== undefined) return elsewhere;
  requireRootFor(asked, "lab:restore");
  checkFit(asked, manifest);
  checkHost(asked);
  await checkNamed(asked, signal);
  using _lock = takeLock(asked.state.path("lock"), "lab:restore");
  // One that was cut short after it was decided has taken the lab's place already.
  await finishRestore(asked);
  const lab = toBe(await openLab(file, { anyConfig: true }), manifest, records);
  await decideNetwork(lab, manifest, new Facts(signal), () => {});
  const started = performance.now();
  if (!flag("yes") && lab.state.read(machinesRecord) !== undefined) {
    const destroyed = `what the lab ${lab.config.name} has stored since ${manifest.taken}`;
    if (!(await agreeTo([destroyed], { command, unasked: call(`${named} --yes`), signal }))) {
      console.error("Nothing was touched.");
      return exitCode.failed;
    }
  }
  const stages = ["snapshot", ...chain.map(({ name }) => name)];
  const reported = { command: "lab:restore", lab, stages, json: flag("json") };
  // Awaited here, so that the lock is held until then.
  return await runReported(invocation, reported, async ({ report, conclude }) => {
    const facts = new Facts(signal);
    for (const stage of chain) await carryOut(stage.fetch(lab), { stage: stage.name, report, facts });
    const step = restoreStep(lab, { folder, manifest, ...records, bringsYaml: !existsSync(file) });
    await carryOutStage([step], { stage: "snapshot", report, facts });
    if (lab.id !== manifest.labId) {
      const message = `the lab shares its certificate authority and its tokens with the lab ${manifest.lab} that the snapshot is of: who may use one of them may use the other`;
      report({ event: "note", stage: "snapshot", message });
    }
    const restored = await openLab(file, { asRecorded: true });
    const times = await startLab(chain, restored, report, new Facts(signal));
    if ((await compareLabFile(restored)) !== "same") {
      const message = `${file} is not what it was when ${named} was taken: \`npm run lab:plan\` shows what \`npm run lab:up\` would change of what was restored`;
      report({ event: "note", stage: "snapshot", message });
    }
    const summary = summarizeLab(restored, times, performance.now() - started);
    conclude(renderSummary(summary), summary);
  });
});

/** The lab as it will be: in its own folder, or one without a lab.yaml, by the configuration that the snapshot has. */
function toBe(lab: Lab, { labId }: Manifest, { config }: Records): Lab {
  return lab.id === labId || !existsSync(lab.file) ? { ...lab, config } : lab;
}
