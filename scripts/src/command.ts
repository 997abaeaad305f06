import { parseArgs, type ParseArgsConfig } from "node:util";
import { interruption } from "@k3s-lab/exec";
import { findConfig } from "@k3s-lab/lab";
import { exitCode, Problem } from "@k3s-lab/problem";
import { codeOf, messageOf } from "@k3s-lab/steps";

type Options = NonNullable<ParseArgsConfig["options"]>;

export interface CommandSpec {
  /** As typed: "npm run lab:down". */
  readonly name: string;
  /** One sentence. */
  readonly does: string;
  readonly options?: Options;
  /** How the rest of the command line is called in the help: "IMAGE", "MACHINE [COMMAND...]". */
  readonly operands?: string;
  /** The operands are another program's command line: from the first word that is not ours, all of it is theirs. */
  readonly passesOn?: boolean;
  /** Nothing of it is read in lab.yaml. */
  readonly withoutLab?: boolean;
}

export interface Invocation {
  /** Absolute path of lab.yaml. */
  readonly file: string;
  readonly operands: readonly string[];
  flag(name: string): boolean;
  value(name: string): string | undefined;
  readonly signal: AbortSignal;
}

const helpOption: Options = { help: { type: "boolean", short: "h" } };

function optionsOf({ options, withoutLab }: CommandSpec): Options {
  return { ...(withoutLab ? {} : { config: { type: "string" } }), ...helpOption, ...options };
}

/** Runs a script: reads its command line, answers --help, and turns what goes wrong into a message and an exit code. */
export async function command(
  spec: CommandSpec,
  body: (invocation: Invocation) => Promise<number | void>,
): Promise<void> {
  const signal = interruption();
  try {
    const { values, operands } = readCommandLine(spec, process.argv.slice(2));
    if (values.help) {
      console.log(help(spec));
      return;
    }
    const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
    const code = await body({
      file: spec.withoutLab ? "" : findConfig(text("config")),
      operands,
      flag: (name) => values[name] === true,
      value: text,
      signal,
    });
    process.exitCode = code ?? exitCode.done;
  } catch (error) {
    process.exitCode = signal.aborted ? exitCode.interrupted : codeOf(error);
    console.error(signal.aborted ? "interrupted; the next run goes on from here" : messageOf(error));
  }
}

/** Reads options and operands; what cannot be read is a Problem that shows the usage (exit code 2). */
export function readCommandLine(spec: CommandSpec, args: readonly string[]) {
  const options = optionsOf(spec);
  const first = spec.passesOn ? firstForeign(args, options) : args.length;
  const own = args.slice(0, first);
  const foreign = args.slice(args[first] === "--" ? first + 1 : first);
  try {
    const { values, positionals } = parseArgs({ args: own, options, strict: true, allowPositionals: true });
    const operands = [...positionals, ...foreign];
    if (operands.length > 0 && spec.operands === undefined) throw new Error(`Unexpected argument '${operands[0]}'`);
    return { values: values as Record<string, string | boolean | undefined>, operands };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split(". ")[0] : String(cause);
    throw new Problem("LAB-CLI-001", spec.name, `${said}, expected: ${usage(spec)}`, { cause });
  }
}

function firstForeign(args: readonly string[], options: Options): number {
  for (let index = 0; index < args.length; index++) {
    const [name = "", value] = (args[index] ?? "").split("=", 2);
    const option = Object.entries(options).find(([long, { short }]) => name === `--${long}` || name === `-${short}`);
    if (option === undefined) return index;
    if (option[1].type === "string" && value === undefined) index++;
  }
  return args.length;
}

function usage(spec: CommandSpec): string {
  const flags = Object.entries(optionsOf(spec)).map(([name, { type }]) =>
    type === "string" ? `[--${name} VALUE]` : `[--${name}]`,
  );
  return [spec.name, "--", ...flags, spec.operands].filter((part) => part !== undefined).join(" ");
}

function help(spec: CommandSpec): string {
  const lines = [spec.does, `Usage: ${usage(spec)}`];
  if (!spec.withoutLab) lines.push("lab.yaml is looked for in the current folder; --config names another.");
  return lines.join("\n\n");
}
