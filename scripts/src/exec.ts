#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { openDriver, requireRootFor } from "@k3s-lab/machines";
import { command } from "./command.js";
import { expectLab } from "./expect-lab.js";

const name = "npm run lab:exec";

await command(
  {
    name,
    does: "Runs a command in a machine, with this terminal and this standard input; a shell where none is named.",
    operands: "MACHINE [COMMAND...]",
    passesOn: true,
  },
  async ({ file, operands }) => {
    const lab = await openLab(file);
    const [machine, ...argv] = operands;
    const names = lab.config.nodes.map((node) => node.name);
    if (machine === undefined || !names.includes(machine)) {
      const seen = machine === undefined ? "none" : machine;
      throw new Problem("LAB-CLI-002", name, `expected a machine's name (${names.join(", ")}), seen: ${seen}`);
    }
    requireRootFor(lab, "lab:exec");
    expectLab(lab);
    return openDriver(lab).passThrough(machine, argv);
  },
);
