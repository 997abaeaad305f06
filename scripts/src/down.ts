#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { takeLock } from "@k3s-lab/host";
import { requireRootFor } from "@k3s-lab/machines";
import { openReport, reportKind, seconds } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { takeDown } from "./take-down.js";

await runCommand(commands.down, async ({ file, flag, signal }) => {
  // What has to go is known by the lab's place, so a lab.yaml that was broken since is no obstacle.
  const lab = await openLab(file, { anyConfig: true });
  const elsewhere = await becomeRoot(lab, "lab:down");
  if (elsewhere !== undefined) return elsewhere;
  requireRootFor(lab, "lab:down");
  using _lock = takeLock(lab.state.path("lock"), "lab:down");
  const started = performance.now();
  const report = openReport(flag("json") ? "json" : reportKind());
  const actions = await takeDown(lab, report, signal);
  if (!flag("json")) {
    console.log(actions === 0 ? "There was no lab." : `The lab is gone (${seconds(performance.now() - started)}).`);
  }
  return 0;
});
