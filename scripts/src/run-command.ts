import { relative } from "node:path";
import { interruption, observeCommands, openToAll, shellWord, tellUncaught } from "@k3s-lab/exec";
import { findConfig } from "@k3s-lab/lab";
import { exitCode, type Failure, failureOf, interrupted, Problem } from "@k3s-lab/problem";
import { annotation, fitTo, isGithub } from "@k3s-lab/steps";
import { Command, CommanderError, Option } from "commander";
import type { CommandSpec, Flag } from "./commands.js";

/** A command line that was read. */
export interface Invocation<Flags extends string = string> {
  /** As the person called it: "npm run lab:up", "npx k3s-lab up". */
  readonly command: string;
  /** The same with other arguments: "npm run guard -- --help". */
  call(words: string): string;
  /** The same command for the same lab, to be typed once more. */
  readonly again: string;
  /** Absolute path of lab.yaml; empty for a command that does without. */
  readonly file: string;
  readonly operands: readonly string[];
  flag(name: Flags): boolean;
  value(name: Flags): string | undefined;
  readonly signal: AbortSignal;
}

/** The flags of a command of the table. */
export type FlagsOf<Spec extends CommandSpec> = Spec extends { readonly flags: infer Flags }
  ? keyof Flags & string
  : never;

/** Runs a script: reads its command line, answers --help, and turns what goes wrong into a message and an exit code. */
export async function runCommand<Spec extends CommandSpec>(
  spec: Spec,
  body: (invocation: Invocation<FlagsOf<Spec>>) => Promise<number | void>,
): Promise<void> {
  tellUncaught();
  openToAll();
  const signal = interruption();
  try {
    const line = readCommandLine(spec, process.argv.slice(2));
    if (line === undefined) return;
    const toBeMade = spec.makesConfig === true;
    const file = spec.withoutLab ? "" : findConfig(line.config, process.env, { toBeMade });
    // What is started from here, and the commands shown to a person, use the same file.
    if (line.config !== undefined) process.env.K3S_LAB_CONFIG = file;
    using _shown = showsCommands(spec, line) ? observeCommands(toStandardError) : undefined;
    const again = line.config === undefined ? line.command : line.call(`--config ${shellWord(file)}`);
    process.exitCode = (await body({ ...line, again, file, signal })) ?? exitCode.done;
  } catch (error) {
    const failure = signal.aborted ? interrupted : failureOf(error);
    process.exitCode = failure.exitCode;
    console.error(fitTo(process.stderr, failure.message));
    if (isGithub() && !signal.aborted) annotate(failure);
  }
}

/** Whether a command that reports nothing else is to show what it starts. */
function showsCommands({ flags = {} }: CommandSpec, { flag }: { flag(name: string): boolean }): boolean {
  return !("quiet" in flags) && flag("verbose");
}

const toStandardError = {
  started: ({ line }: { readonly line: string }) => console.error(`$ ${line}`),
  ended() {},
};

/** Shows an error beside the job, and each of its places in its file. */
function annotate({ message, id, places = [] }: Failure): void {
  const all = places.length === 0 ? [undefined] : places;
  for (const place of all) console.error(annotation(message, id, place));
}

/** Returns the caller's current folder: npm runs scripts in the project's. */
export function callersFolder(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

/** Returns a file's path for a person: from the caller's folder, unless that is far away. */
export function pathFor(file: string): string {
  const way = relative(callersFolder(), file);
  return way === "" || way.startsWith("../../") ? file : way;
}

interface CommandLine<Flags extends string> extends Omit<Invocation<Flags>, "file" | "signal" | "again"> {
  /** The value of --config. */
  readonly config: string | undefined;
}

/**
 * Reads flags and operands; undefined where --help was asked for, which has been printed then.
 * Throws a Problem that shows the usage for what cannot be read.
 */
export function readCommandLine<Spec extends CommandSpec>(
  spec: Spec,
  words: readonly string[],
): CommandLine<FlagsOf<Spec>> | undefined {
  const program = commanderOf(spec, prefixOf(spec))
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  try {
    program.parse([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    const surplus = program.args.slice(program.registeredArguments.length);
    throw usageProblem(error, typedName(spec), usageOf(spec), surplus);
  }
  const values = program.opts<Readonly<Record<string, unknown>>>();
  if (values.help === true) {
    program.outputHelp();
    return undefined;
  }
  const valueOf = (name: string) => {
    const option = program.options.find(({ long }) => long === `--${name}`);
    const value = values[option?.attributeName() ?? ""];
    return option?.negate ? value === false : value;
  };
  const value = (name: string) => {
    const found = valueOf(name);
    return typeof found === "string" ? found : undefined;
  };
  return {
    command: typedName(spec),
    call: (more) => callOf(spec, more),
    operands: program.args,
    flag: (name) => valueOf(name) === true,
    value,
    config: value("config"),
  };
}

/** A command line that cannot be read. What commander reports is one or two lines: the fault, and what may be meant. */
export function usageProblem(
  error: CommanderError,
  subject: string,
  usage: string,
  surplus: readonly string[] = [],
): Problem {
  const said = error.message.replace(/^error: |\.$/g, "").replace("\n(Did you mean", " (did you mean");
  // Commander only counts them.
  const what = error.code === "commander.excessArguments" ? `unexpected argument '${surplus.join(" ")}'` : said;
  return new Problem("LAB-CLI-001", subject, `${what}, expected: ${usage}`, { cause: error });
}

/** The command of the table, for the library that reads command lines and writes their help. */
export function commanderOf(spec: CommandSpec, name: string): Command {
  const command = new Command(name)
    .description(spec.does)
    .helpOption("-h, --help", "show this help")
    .allowExcessArguments(false);
  if (spec.operands !== undefined) command.arguments(spec.operands);
  if (spec.passesOn) {
    command.passThroughOptions().allowUnknownOption();
    // The library's own help option is looked for in the other program's words, too.
    command.helpOption(false).option("-h, --help", "show this help");
  }
  for (const [flag, { value, does, short, conflicts }] of flagsOf(spec)) {
    const long = value === undefined ? `--${flag}` : `--${flag} <${value}>`;
    const option = new Option(short === undefined ? long : `-${short}, ${long}`, does);
    command.addOption(conflicts === undefined ? option : option.conflicts(conflicts));
  }
  const examples = spec.examples.map(([args, does]) => `  $ ${callOf(spec, args)}\n      ${does}`);
  return command.addHelpText("after", ["", "Examples:", ...examples].join("\n"));
}

const config: Flag = {
  value: "FILE",
  does: "the lab's configuration; default: lab.yaml or lab.yml in the current folder, or in one above it",
};

/** Returns the flags of a command with those that all commands have, but for --help. */
export function flagsOf({ flags = {}, withoutLab }: CommandSpec): readonly (readonly [name: string, flag: Flag])[] {
  return Object.entries({ ...(withoutLab ? {} : { config }), ...flags });
}

function usageOf(spec: CommandSpec): string {
  const flags = flagsOf(spec).map(([name, { value }]) => `[--${name}${value === undefined ? "" : ` ${value}`}]`);
  return callOf(spec, [...flags, ...(spec.operands === undefined ? [] : [spec.operands])].join(" "));
}

/** The command with these arguments, as the person called it. */
export function callOf(spec: CommandSpec, args: string): string {
  return args === "" ? typedName(spec) : `${prefixOf(spec)} ${args}`;
}

/** What stands before arguments: npm takes for its own what follows no "--". */
function prefixOf(spec: CommandSpec): string {
  return `${typedName(spec)}${process.env.K3S_LAB_BIN ? "" : " --"}`;
}

/** As the person called it. */
function typedName({ script }: CommandSpec): string {
  if (!process.env.K3S_LAB_BIN) return `npm run ${script}`;
  return `${process.env.K3S_LAB_BIN} ${script.replace("lab:", "")}`;
}
