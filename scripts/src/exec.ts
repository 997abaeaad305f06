#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
// By their own paths: this command has no need of the whole package, whose start would be felt.
import { openDriver } from "@k3s-lab/machines/open-driver";
import { mayEnter, requireRootFor } from "@k3s-lab/machines/require-root";
import { Problem } from "@k3s-lab/problem";
import { commands } from "./commands.js";
import { requireLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.exec, async ({ command, file, operands: [machine, ...words] }) => {
  // As kubectl and docker have it, "--" may stand before the program.
  const argv = words[0] === "--" ? words.slice(1) : words;
  const lab = await openLab(file);
  const names = lab.config.nodes.map(({ name }) => name);
  if (machine === undefined || !names.includes(machine)) {
    const what = `expected a machine's name (${names.join(", ")}), seen: ${machine ?? "none"}`;
    throw new Problem("LAB-CLI-002", command, what);
  }
  if (!mayEnter(lab)) requireRootFor(lab, "lab:exec");
  requireLab(lab);
  return openDriver(lab).passThrough(machine, argv);
});
