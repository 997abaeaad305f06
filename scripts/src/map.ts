#!/usr/bin/env node
import { accessSync, constants, existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { giveToCaller } from "@k3s-lab/host";
import { type Lab, openLab } from "@k3s-lab/lab";
import { drawMap } from "@k3s-lab/map";
import { Problem } from "@k3s-lab/problem";
import { becomeRoot } from "./become-root.js";
import { chain } from "./chain.js";
import { commands } from "./commands.js";
import { observeLab } from "./observe-lab.js";
import { callersFolder, runCommand } from "./run-command.js";

/** What --out and --svg take for standard output. */
const stdout = "-";

await runCommand(commands.map, async ({ file, value, command, signal }) => {
  const lab = await openLab(file, { anyConfig: true });
  const [page, picture] = [placeOf(value("out"), lab), placeOf(value("svg"), lab)];
  if (page !== undefined && page === picture) {
    throw refusal(command, "--out and --svg name the same place, expected two", "Give each a place of its own.");
  }
  // Before that there is nothing that only root may see.
  const elsewhere = lab.state.exists("machines") ? await becomeRoot(lab, "lab:map") : undefined;
  if (elsewhere !== undefined) return elsewhere;
  const { page: html, svg, faults } = await drawMap(await observeLab(chain, lab, signal));
  const written = [
    page === undefined ? keepInLab(lab, html) : write(page, html),
    ...(picture === undefined ? [] : [write(picture, svg)]),
  ];
  // What is asked for on standard output stands there alone.
  const tell = [page, picture].includes(stdout) ? console.error : console.log;
  for (const place of written.filter((each) => each !== stdout)) tell(`Wrote ${place}`);
  for (const fault of faults) tell(`  ${fault}`);
});

/** Returns the absolute path that a flag names. Throws a Problem where nothing can be written there. */
function placeOf(named: string | undefined, lab: Pick<Lab, "file">): string | undefined {
  if (named === undefined || named === stdout) return named;
  const place = resolve(callersFolder(), named);
  if (place === lab.file)
    throw refusal(place, "is the lab's configuration, expected another file", "Name another file.");
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory()) {
    throw refusal(place, "is a folder, expected a file", "Name a file in it.");
  }
  const folder = dirname(place);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw refusal(folder, "is no folder, expected the one to write into", "Make it, or name another.");
  }
  const written = existsSync(place) ? place : folder;
  try {
    accessSync(written, constants.W_OK);
  } catch (cause) {
    throw refusal(written, "may not be written by this user", "Name another place.", cause);
  }
  return place;
}

function refusal(subject: string, what: string, remedy: string, cause?: unknown): Problem {
  return new Problem("LAB-MAP-001", subject, what, { remedy, cause });
}

function keepInLab({ state }: Pick<Lab, "state">, text: string): string {
  state.writeText("map", text);
  return state.path("map");
}

function write(place: string, text: string): string {
  if (place === stdout) {
    process.stdout.write(text);
  } else {
    writeFileSync(place, text);
    giveToCaller(place);
  }
  return place;
}
