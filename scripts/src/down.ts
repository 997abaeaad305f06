#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { takeLock } from "@k3s-lab/host";
import { requireRootFor } from "@k3s-lab/machines";
import { seconds } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";
import { takeDown } from "./take-down.js";

await runCommand(commands.down, async (invocation) => {
  const { file, flag, signal } = invocation;
  // What has to go is known by the lab's place, so a lab.yaml that was broken since is no obstacle.
  const lab = await openLab(file, { anyConfig: true });
  const elsewhere = await becomeRoot(lab, "lab:down");
  if (elsewhere !== undefined) return elsewhere;
  requireRootFor(lab, "lab:down");
  using _lock = takeLock(lab.state.path("lock"), "lab:down");
  const started = performance.now();
  const stages = chain.map(({ name }) => name).toReversed();
  // Awaited here, so that the lock is held until then.
  return await runReported(invocation, { command: "lab:down", lab, stages, json: flag("json") }, async (run) => {
    const actions = await takeDown(lab, run.report, signal);
    const took = seconds(performance.now() - started);
    run.conclude(actions === 0 ? "There was no lab." : `The lab is gone (${took}).`);
  });
});
