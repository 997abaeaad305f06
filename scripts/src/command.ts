import { parseArgs, type ParseArgsConfig } from "node:util";
import { exitCode, findConfig, Problem } from "@k3s-lab/lab";
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
}

export interface Invocation {
  /** Absolute path of lab.yaml. */
  readonly file: string;
  readonly operands: readonly string[];
  flag(name: string): boolean;
  value(name: string): string | undefined;
  readonly signal: AbortSignal;
}

const common: Options = {
  config: { type: "string" },
  help: { type: "boolean", short: "h" },
};

/** Runs a script: reads its command line, answers --help, and turns what goes wrong into a message and an exit code. */
export async function command(
  spec: CommandSpec,
  body: (invocation: Invocation) => Promise<number | void>,
): Promise<void> {
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interruption.abort());
  try {
    const { values, operands } = readCommandLine(spec, process.argv.slice(2));
    if (values.help) {
      console.log(help(spec));
      return;
    }
    const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
    const code = await body({
      file: findConfig(text("config")),
      operands,
      flag: (name) => values[name] === true,
      value: text,
      signal: interruption.signal,
    });
    process.exitCode = code ?? exitCode.done;
  } catch (error) {
    process.exitCode = interruption.signal.aborted ? exitCode.interrupted : codeOf(error);
    console.error(interruption.signal.aborted ? "interrupted; the next run goes on from here" : messageOf(error));
  }
}

/** Options come before operands; what follows the first operand belongs to it: `lab:exec agent1 ip -4 route`. */
export function readCommandLine(spec: CommandSpec, args: readonly string[]) {
  const options = { ...common, ...spec.options };
  const first = firstOperand(args, options);
  const own = args.slice(0, first);
  const operands = args.slice(args[first] === "--" ? first + 1 : first);
  try {
    const { values } = parseArgs({ args: [...own], options, strict: true, allowPositionals: false });
    if (operands.length > 0 && spec.operands === undefined) throw new Error(`Unexpected argument '${operands[0]}'`);
    return { values: values as Record<string, string | boolean | undefined>, operands };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split(". ")[0] : String(cause);
    throw new Problem(spec.name, `${said}, expected: ${usage(spec)}`, { exitCode: exitCode.usage, cause });
  }
}

function firstOperand(args: readonly string[], options: Options): number {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--" || !arg.startsWith("-")) return index;
    const name = arg.replace(/^--/, "");
    if (options[name]?.type === "string") index++;
  }
  return args.length;
}

function usage(spec: CommandSpec): string {
  const flags = Object.entries({ ...common, ...spec.options }).map(([name, { type }]) =>
    type === "string" ? `[--${name} VALUE]` : `[--${name}]`,
  );
  return [spec.name, "--", ...flags, spec.operands].filter((part) => part !== undefined).join(" ");
}

function help(spec: CommandSpec): string {
  return `${spec.does}\n\nUsage: ${usage(spec)}\n\nlab.yaml is looked for in the current folder; --config names another.`;
}
