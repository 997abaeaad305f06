#!/usr/bin/env node
import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { shellWord } from "@k3s-lab/exec";
import { giveToCaller } from "@k3s-lab/host";
import { openLab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { makeReport, renderIndex } from "@k3s-lab/report";
import { bytesText, openReport, reportKind } from "@k3s-lab/steps";
import { becomeRoot } from "./become-root.js";
import { commands } from "./commands.js";
import { ownVersion } from "./own-version.js";
import { callersFolder, runCommand } from "./run-command.js";

const usualLines = 2000;
const mostLines = 100_000;

await runCommand(commands.report, async ({ command, file, flag, value, signal }) => {
  const lines = linesOf(value("lines"), command);
  const name = `k3s-lab-report-${dateWords(new Date())}`;
  const out = resolve(callersFolder(), value("out") ?? `${name}.tar.gz`);
  refuseOut(out);
  const lab = await openLab(file, { anyConfig: true });
  // Where Docker cannot be asked, the report says so; a user's is better than none.
  const elsewhere = await becomeRoot(lab, "report").catch(() => undefined);
  if (elsewhere !== undefined) return elsewhere;
  const reporter = await openReport(reportKind());
  const made = await makeReport(lab, {
    name,
    lines,
    version: ownVersion(),
    commandLine: (called, args) => [
      process.execPath,
      fileURLToPath(new URL(`./${called}.js`, import.meta.url)),
      ...args,
    ],
    signal,
    progress: (part) => reporter.report({ event: "progress", stage: "report", message: `collecting ${part}` }),
  }).finally(reporter.end);
  // Not one that has come to be there in the meantime.
  writeFileSync(out, made.archive, { mode: 0o600, flag: "wx" });
  giveToCaller(out);
  const { files, replaced } = made;
  if (flag("json")) {
    console.log(JSON.stringify({ file: out, bytes: made.archive.length, files, replaced }, undefined, 2));
    return;
  }
  const shown = relative(callersFolder(), out);
  console.log(
    [
      renderIndex(made),
      `${out} (${bytesText(made.archive.length)}, readable by you alone)`,
      `Look through it before you send it: tar -xzf ${shellWord(shown.startsWith("..") ? out : shown)}`,
    ].join("\n"),
  );
});

function linesOf(written: string | undefined, command: string): number {
  const lines = Number(written ?? usualLines);
  if (Number.isInteger(lines) && lines >= 1 && lines <= mostLines) return lines;
  throw new Problem("LAB-CLI-001", command, `--lines is ${written}, expected a number from 1 to ${mostLines}`);
}

function refuseOut(out: string): void {
  const folder = dirname(out);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Problem("LAB-RPT-002", out, `cannot be written, since ${folder} is no folder`, {
      remedy: "Name a file in a folder that exists with --out.",
    });
  }
  if (existsSync(out)) {
    throw new Problem("LAB-RPT-001", out, "exists already, and is not replaced", {
      remedy: "Name another file with --out.",
    });
  }
}

/** "20261130-164512" */
function dateWords(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}
