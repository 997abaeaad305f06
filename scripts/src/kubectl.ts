#!/usr/bin/env node
// By its own path: this command has no need of the whole package, whose start would be felt.
import { passKubectl } from "@k3s-lab/cluster/kubectl";
import { openLab } from "@k3s-lab/lab";
import { commands } from "./commands.js";
import { requireLab } from "./require-lab.js";
import { callersFolder, runCommand } from "./run-command.js";

await runCommand(commands.kubectl, async ({ file, operands }) => {
  const lab = await openLab(file, { asRecorded: true });
  requireLab(lab);
  const exitCode = await passKubectl(lab, operands, { cwd: callersFolder() });
  // Loaded only then: kubectl itself says that there is no route to the host.
  if (exitCode !== 0) await (await import("./tell-no-server.js")).tellNoServer(lab);
  return exitCode;
});
