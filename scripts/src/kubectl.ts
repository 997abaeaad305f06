#!/usr/bin/env node
import { passKubectl } from "@k3s-lab/cluster";
import { openLab } from "@k3s-lab/lab";
import { command } from "./command.js";
import { expectLab } from "./expect-lab.js";

await command(
  {
    name: "npm run kubectl",
    does: "Runs kubectl against the lab's cluster, on this terminal.",
    operands: "[ARGUMENTS...]",
    passesOn: true,
  },
  async ({ file, operands }) => {
    const lab = await openLab(file);
    expectLab(lab);
    // File arguments are meant from where the person stands, not from where npm goes.
    return passKubectl(lab, operands, { cwd: process.env.INIT_CWD ?? process.cwd() });
  },
);
