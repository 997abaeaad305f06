import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { Problem } from "@k3s-lab/problem";
import type { Answers, SetupFacts } from "@k3s-lab/setup";
import { callersFolder, pathFor } from "./run-command.js";

/** What became of a Vagrantfile. */
export interface TakenVagrantfile {
  readonly answers: Answers;
  /** How a person calls the file. */
  readonly shown: string;
  /** What is not taken over: a heading, and a line for each. */
  readonly notes: readonly string[];
}

/** Takes over what the Vagrantfile of --from says. */
export async function takeOverVagrantfile(from: string, base: Answers, facts: SetupFacts): Promise<TakenVagrantfile> {
  const { file, text } = readFrom(resolve(callersFolder(), from));
  const shown = pathFor(file);
  const { readVagrantfile, takeOver } = await import("@k3s-lab/setup/vagrantfile");
  const { answers, notes } = takeOver(readVagrantfile(text, shown, process.env), base, facts);
  const of = (lines: readonly number[]) => `line${lines.length === 1 ? "" : "s"} ${lines.join(", ")}`;
  const told = notes.map((note) => `  ${of(note.lines)}: ${note.text}`);
  const heading = `Not taken over from ${shown}, or not as it is written there:`;
  return { answers, shown, notes: told.length === 0 ? [] : [heading, ...told] };
}

/** Reads a Vagrantfile, or that of a folder. */
function readFrom(path: string): { readonly file: string; readonly text: string } {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const file = isFolder ? join(path, "Vagrantfile") : path;
  try {
    return { file, text: readFileSync(file, "utf8") };
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    const what = code === "ENOENT" ? "does not exist, though --from names it" : `cannot be read (${code})`;
    throw new Problem("LAB-INI-002", file, what, { remedy: "Name a Vagrantfile, or its folder.", cause });
  }
}
