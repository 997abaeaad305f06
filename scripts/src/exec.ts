#!/usr/bin/env node
import { openLab } from "@k3s-lab/lab";
// By their own paths: this command has no need of the whole package, whose start would be felt.
import { requireRunning } from "@k3s-lab/machines/not-running";
import { openDriver } from "@k3s-lab/machines/open-driver";
import { mayEnter, requireRootFor } from "@k3s-lab/machines/require-root";
import { Problem } from "@k3s-lab/problem";
import { commands } from "./commands.js";
import { machineNames, requireMachine } from "./machine-names.js";
import { requireLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.exec, async ({ command, file, operands, flag, value, call, signal }) => {
  const lab = await openLab(file, { asRecorded: true });
  const on = value("on");
  if (flag("all") && on !== undefined) {
    throw new Problem("LAB-CLI-011", command, "expected --all or --on, seen both");
  }
  const isByFlag = flag("all") || on !== undefined;
  const [first, ...others] = operands;
  const asked = on?.split(",").map((name) => name.trim()) ?? [first];
  const names = flag("all") ? machineNames(lab) : [...new Set(asked.map((name) => requireMachine(lab, command, name)))];
  // As kubectl and docker have it, "--" may stand before the program.
  const words = isByFlag ? operands : others;
  const argv = words[0] === "--" ? words.slice(1) : words;
  if (argv.length === 0 && names.length > 1) {
    const usage = call(`${on === undefined ? "--all" : `--on ${on}`} COMMAND`);
    throw new Problem("LAB-CLI-011", command, `expected a command for several machines, as in ${usage}, seen none`);
  }
  if (!mayEnter(lab)) requireRootFor(lab, "lab:exec");
  requireLab(lab);
  const driver = openDriver(lab);
  const [only] = names;
  if (names.length === 1 && only !== undefined) return driver.passThrough(only, argv);
  const { sideBySide } = await import("./side-by-side.js");
  const sources = names.map((name) => ({
    name,
    run: async (onLine: (text: string, from: "stdout" | "stderr") => void) => {
      await requireRunning(driver, name);
      const options = { signal, timeout: Infinity, answers: "any", onlyLines: true, onLine } as const;
      return (await driver.exec(name, argv, options)).exitCode;
    },
  }));
  return sideBySide(sources, { signal });
});
