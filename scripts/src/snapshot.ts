#!/usr/bin/env node
import { takeLock } from "@k3s-lab/host";
import { openLab } from "@k3s-lab/lab";
import { requireRootFor } from "@k3s-lab/machines";
import { bytesOf, checkName, checkSnapshot, type Manifest, nameNow, takeSnapshotStep } from "@k3s-lab/snapshots";
import { bytesText, carryOutStage, Facts, seconds } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { commands } from "./commands.js";
import { ownVersion } from "./own-version.js";
import { requireLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";

await runCommand(commands.snapshot, async (invocation) => {
  const { operands, file, flag, signal } = invocation;
  const [named] = operands;
  if (named !== undefined) checkName(named);
  // As it was made: what is archived does not depend on a lab.yaml that was edited since.
  const lab = await openLab(file, { asRecorded: true });
  const elsewhere = await becomeRoot(lab, "lab:snapshot");
  if (elsewhere !== undefined) return elsewhere;
  requireLab(lab);
  requireRootFor(lab, "lab:snapshot");
  using _lock = takeLock(lab.state.path("lock"), "lab:snapshot");
  const name = named ?? nameNow(lab.config.name, new Date());
  checkSnapshot(lab, name);
  const started = performance.now();
  const reported = { command: "lab:snapshot", lab, stages: ["snapshot"], json: flag("json") };
  // Awaited here, so that the lock is held until then.
  return await runReported(invocation, reported, async ({ report, conclude }) => {
    let manifest: Manifest | undefined;
    const step = takeSnapshotStep(lab, { name, version: ownVersion() }, (made) => void (manifest = made));
    await carryOutStage([step], { stage: "snapshot", report, facts: new Facts(signal) });
    if (manifest === undefined) return;
    const { frozen, nodes } = manifest;
    const [bytes, ms] = [bytesOf(manifest), performance.now() - started];
    const of = nodes.length === 1 ? "1 node" : `${nodes.length} nodes`;
    const stood = frozen === 0 ? "did not run" : `stood still for ${seconds(frozen)}`;
    const text = `The snapshot ${name} has ${of}, which ${stood}, in ${bytesText(bytes)} (${seconds(ms)}). \`npm run lab:restore -- ${name}\` brings it back.`;
    conclude(text, { name, frozen, bytes, ms });
  });
});
