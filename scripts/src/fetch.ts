#!/usr/bin/env node
import { openLab, useHostSettings } from "@k3s-lab/lab";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { checkHost } from "./check-host.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { runReported } from "./run-reported.js";
import { runTurbo } from "./run-turbo.js";

await runCommand(commands.fetch, async (invocation) => {
  const { file, flag, signal } = invocation;
  const asked = await openLab(file);
  const elsewhere = await becomeRoot(asked, "lab:fetch");
  if (elsewhere !== undefined) return elsewhere;
  checkHost(asked);
  await useHostSettings(asked);
  const lab = await openLab(file, { record: "new" });
  const reported = { command: "lab:fetch", lab, stages: chain.map(({ name }) => name), json: flag("json") };
  return runReported(invocation, reported, async (run) => (await runTurbo("lab:fetch", lab, run, signal)).exitCode);
});
