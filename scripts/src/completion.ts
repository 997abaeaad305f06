#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { didYouMean, Problem } from "@k3s-lab/problem";
import { commands } from "./commands.js";
import { shells } from "./complete.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.completion, async ({ command, operands: [shell = ""] }) => {
  const file = Object.entries(shells).find(([name]) => name === shell)?.[1];
  if (file !== undefined) {
    process.stdout.write(readFileSync(new URL(`../completion/${file}`, import.meta.url), "utf8"));
    return;
  }
  const names = Object.keys(shells);
  const what = `expected a shell (${names.join(", ")}), seen: ${shell || '""'}${didYouMean(shell, names)}`;
  throw new Problem("LAB-CLI-014", command, what);
});
