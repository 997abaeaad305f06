#!/usr/bin/env node
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import {
  type Lab,
  type LabConfig,
  machineProvider,
  openLab,
  readLabFile,
  settleProvider,
  writeLabFile,
} from "@k3s-lab/lab";
import { parseConfig } from "@k3s-lab/lab/parse-config";
import { exitCode, Problem } from "@k3s-lab/problem";
import {
  type Answers,
  answersOf,
  diffLines,
  editLabFile,
  explain,
  renderLabFile,
  seeHostForSetup,
  type SetupFacts,
  usualAnswers,
} from "@k3s-lab/setup";
import { Asker, askSetup, Cancelled } from "./ask-setup.js";
import { commands } from "./commands.js";
import { nextCommand, obstaclesOf, problemOnHost, settled } from "./foresee-lab.js";
import { type FlagsOf, type Invocation, pathFor, runCommand } from "./run-command.js";
import { takeOverVagrantfile } from "./take-over-vagrantfile.js";

type InitInvocation = Invocation<FlagsOf<typeof commands.init>>;

await runCommand(commands.init, async (invocation) => {
  const { file, flag, signal, command, call } = invocation;
  const asks = !flag("yes");
  if (asks && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new Problem("LAB-INI-001", command, "asks questions, and this is no terminal", {
      remedy: `Run it in a terminal, or take the defaults: ${call("--yes")}.`,
    });
  }
  const lab = await openLab(file);
  const before = readLabFile(file);
  const start = await startingPoint(lab, before, invocation);
  const asker = asks ? new Asker(await import("@clack/prompts"), signal) : undefined;
  try {
    await setUp(lab, before, start, asker);
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    asker?.prompts.cancel("Nothing was written.");
    return exitCode.interrupted;
  }
});

/** What the questions begin with. */
interface Start {
  readonly answers: Answers;
  readonly facts: SetupFacts;
  /** The answers of the file as it is; undefined for one that is still to be made. */
  readonly existing: Answers | undefined;
  /** Where answers come from, for the head of a new file. */
  readonly about: readonly string[];
  /** What a Vagrantfile says that is not taken over: a heading, and a line for each. */
  readonly notes: readonly string[];
}

async function startingPoint(lab: Lab, text: string | undefined, { value }: InitInvocation): Promise<Start> {
  const config = parseConfig(text ?? "", lab.file);
  const existing = isEmpty(text) ? undefined : answersOf(config);
  const facts = await seeHostForSetup(await autoOf(lab, config));
  const answers = existing ?? usualAnswers(answersOf(config), facts);
  const from = value("from");
  if (from === undefined) return { answers, facts, existing, about: [], notes: [] };
  const taken = await takeOverVagrantfile(from, answers, facts);
  return { answers: taken.answers, facts, existing, about: [`Made from ${taken.shown}.`], notes: taken.notes };
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}

/** Settles `machines.provider: auto`: as it was when the lab was made, or else as it comes to here, whatever the file has. */
async function autoOf({ config: settledOnce }: Lab, written: LabConfig): Promise<SetupFacts["auto"]> {
  if (written.machines.provider === "auto") return machineProvider(settledOnce);
  const asked = { ...written, machines: { ...written.machines, provider: "auto" as const } };
  return machineProvider((await settleProvider(asked, undefined)).config);
}

async function setUp(lab: Lab, before: string | undefined, start: Start, asker: Asker | undefined): Promise<void> {
  const { file } = lab;
  const { facts, existing, notes } = start;
  const say = (...lines: readonly string[]) =>
    asker === undefined ? console.log(lines.join("\n")) : asker.tell("message", lines);
  const warn = (...lines: readonly string[]) =>
    asker === undefined ? console.error(lines.join("\n")) : asker.tell("warn", lines);
  const shown = pathFor(file);
  asker?.prompts.intro(existing === undefined ? `A new lab in ${shown}` : `The lab of ${shown}`);
  if (notes.length > 0) warn(...notes);
  const answers = asker === undefined ? start.answers : await askSetup(start.answers, facts, asker);
  const after = textOf(lab, before, answers, start);
  const obstacles = asker === undefined ? obstaclesOf(answers, facts) : [];
  if (obstacles.length > 0) warn(...obstacles);
  const config = settled(parseConfig(after, file), facts);
  const problem = problemOnHost(lab, config, facts);
  const finish = () => {
    const next = nextCommand(lab, config);
    if (asker === undefined) console.log(next);
    else asker.prompts.outro(next);
  };
  if (problem !== undefined) warn(`\`lab:up\` would refuse this on this host: ${problem.message}`);
  if (after === before) {
    say(`${shown} is as it was: nothing is answered otherwise.`);
    return finish();
  }
  const painted = diffLines(before ?? "", after).map((line) => paint(line, asker !== undefined));
  say(...(existing === undefined ? after.trimEnd().split("\n") : [`Changes of ${shown}:`, ...painted]));
  if (asker !== undefined && !(await asker.confirm(existing === undefined ? `Write ${shown}?` : `Change ${shown}?`))) {
    throw new Cancelled();
  }
  writeLabFile(file, after, before);
  say(`${shown} is written.`);
  finish();
}

/** Colours a line of a diff for a terminal. */
function paint(line: string, isTerminal: boolean): string {
  if (!isTerminal || process.env.NO_COLOR) return line;
  if (line.startsWith("+")) return styleText("green", line);
  return line.startsWith("-") ? styleText("red", line) : line;
}

/** Returns the file's text with the answers: a new one, or the one that is there with what is answered otherwise. */
function textOf(
  { file }: Lab,
  before: string | undefined,
  answers: Answers,
  { facts, existing, about }: Start,
): string {
  const after = explain(answers, facts);
  if (before !== undefined && existing !== undefined) {
    return editLabFile(before, answers, { before: explain(existing, facts), after }, file);
  }
  const text = renderLabFile(answers, after, { schema: schemaFor(file), about });
  parseConfig(text, file);
  return text;
}

/** Returns where an editor finds the schema: a path from the file's folder, inside of the project or of what contains it. */
function schemaFor(file: string): string {
  const schema = fileURLToPath(new URL("../../packages/lab/lab.schema.json", import.meta.url));
  const way = relative(dirname(file), schema);
  return way.startsWith("../../../") ? schema : way;
}
