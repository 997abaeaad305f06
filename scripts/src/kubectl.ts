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
  return passKubectl(lab, operands, { cwd: callersFolder() });
});
