#!/usr/bin/env node
import { openLab, useHostSettings } from "@k3s-lab/lab";
import { openReport, reportKind } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { checkHost } from "./check-host.js";
import { commands } from "./commands.js";
import { runCommand } from "./run-command.js";
import { runTurbo } from "./run-turbo.js";

await runCommand(commands.fetch, async ({ file, flag, signal }) => {
  const asked = await openLab(file);
  const elsewhere = await becomeRoot(asked, "lab:fetch");
  if (elsewhere !== undefined) return elsewhere;
  checkHost(asked);
  await useHostSettings(asked);
  const lab = await openLab(file, { record: true });
  const report = openReport(flag("json") ? "json" : reportKind());
  return (await runTurbo("lab:fetch", lab, report, signal)).exitCode;
});
