#!/usr/bin/env node
import { errors, Problem } from "@k3s-lab/problem";
import { areas, explanations } from "@k3s-lab/problem/explanations";
import { wrapText } from "@k3s-lab/steps";
import { alignColumns } from "./align-columns.js";
import { commands } from "./commands.js";
import { findError } from "./find-error.js";
import { runCommand } from "./run-command.js";

/** Columns that a line of text takes at most: longer ones are hard to read. */
const widest = 100;

await runCommand(commands.explain, async ({ command, flag, operands: [written] }) => {
  const width = Math.min(process.stdout.columns || widest, widest);
  if (written === undefined) {
    console.log(flag("json") ? JSON.stringify(Object.entries(errors).map(withId), undefined, 2) : list());
    return;
  }
  const found = findError(written);
  if ("nearest" in found) {
    const { nearest } = found;
    const meant = nearest === undefined ? "" : `Did you mean ${nearest} (${errors[nearest].title})? `;
    throw new Problem("LAB-ERR-001", command, `there is no error ${written}, expected an id such as LAB-NET-003`, {
      remedy: `${meant}\`npm run explain\` lists them.`,
    });
  }
  const { id } = found;
  const { title, exitCode } = errors[id];
  const { cause, remedy, example } = explanations[id];
  if (flag("json")) {
    console.log(JSON.stringify({ id, title, exitCode, cause, remedy, example }, undefined, 2));
    return;
  }
  const part = (heading: string, text: string) => [
    "",
    heading,
    ...wrapText(text, width - 2).map((line) => `  ${line}`),
  ];
  const lines = [
    `${id}: ${title}`,
    ...part("Cause", cause),
    ...part("What to do", remedy),
    ...part("Example", example),
    "",
    `A command that meets it ends with ${exitCode}.`,
  ];
  console.log(lines.join("\n"));
});

function withId([id, kind]: readonly [string, object]) {
  return { id, ...kind };
}

function list(): string {
  const rows = Object.entries(errors);
  const lines = Object.entries(areas).flatMap(([area, title]) => [
    `${title}:`,
    ...alignColumns(
      rows.filter(([id]) => id.startsWith(`LAB-${area}-`)).map(([id, { title: text }]) => [`  ${id}`, text]),
    ),
    "",
  ]);
  return [...lines, "`npm run explain -- ID` tells the cause of one, and what to do about it."].join("\n");
}
