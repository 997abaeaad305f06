#!/usr/bin/env node
import { takeLock } from "@k3s-lab/host";
import { openLab } from "@k3s-lab/lab";
import { requireRootFor } from "@k3s-lab/machines";
import { stopLab } from "@k3s-lab/stages";
import { Facts, seconds } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { commands } from "./commands.js";
import { requireLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";

await runCommand(commands.stop, async (invocation) => {
  const { file, flag, signal } = invocation;
  // As it was made: what runs does not depend on a lab.yaml that was edited since.
  const lab = await openLab(file, { asRecorded: true });
  const elsewhere = await becomeRoot(lab, "lab:stop");
  if (elsewhere !== undefined) return elsewhere;
  requireLab(lab);
  requireRootFor(lab, "lab:stop");
  using _lock = takeLock(lab.state.path("lock"), "lab:stop");
  const started = performance.now();
  const stages = chain.map(({ name }) => name).toReversed();
  // Awaited here, so that the lock is held until then.
  return await runReported(invocation, { command: "lab:stop", lab, stages, json: flag("json") }, async (run) => {
    const actions = await stopLab(chain, lab, run.report, new Facts(signal));
    const ms = performance.now() - started;
    const stopped = `The lab is stopped (${seconds(ms)}). \`npm run lab:start\` starts it, with all its data.`;
    run.conclude(actions === 0 ? "The lab was stopped already." : stopped, { name: lab.config.name, actions, ms });
  });
});
