import { type CommandSpec, commands, type Flag } from "./commands.js";
import { flagsOf } from "./run-command.js";

/** The shells, and the file of each in `completion/`. */
export const shells = { bash: "bash.sh", zsh: "zsh.zsh", fish: "fish.fish" } as const;

export interface Suggestion {
  readonly value: string;
  /** What a shell shows beside it. */
  readonly does?: string | undefined;
}

export interface Completion {
  readonly suggestions: readonly Suggestion[];
  /** Whether files of the current folder can stand here, too. */
  readonly files: boolean;
}

/** What is known of the host and the lab; each is asked only where it can stand. */
export interface Known {
  /** The machines of the lab of a lab.yaml, by default the one that is found. */
  machines(config: string | undefined): Promise<readonly Suggestion[]>;
  pods(config: string | undefined): Promise<readonly Suggestion[]>;
  images(): Promise<readonly Suggestion[]>;
  /** The contexts of a kubeconfig. */
  contexts(kubeconfig: string | undefined): Promise<readonly Suggestion[]>;
  snapshots(): Promise<readonly Suggestion[]>;
  /** Asks kubectl for what can stand behind these words. */
  kubectl(config: string | undefined, words: readonly string[]): Promise<Completion>;
}

const nothing: Completion = { suggestions: [], files: false };
const onlyFiles: Completion = { suggestions: [], files: true };
const help: readonly [string, Flag] = ["help", { does: "show this help" }];

/** Completes the last of the words behind `k3s-lab`, which may be empty. */
export async function complete(words: readonly string[], known: Known): Promise<Completion> {
  const [name = "", ...rest] = words;
  if (words.length < 2) return matching(name, firstWords(name));
  if (!Object.hasOwn(commands, name)) return nothing;
  const spec: CommandSpec = commands[name as keyof typeof commands];
  const current = rest.at(-1) ?? "";
  const line = readLine(spec, rest.slice(0, -1));
  const ask = { ...line, known };
  if (line.pending !== undefined) return valueOf(line.pending, current, ask);
  const [, flag = "", partial] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  const named = flagsOf(spec).find(([each]) => each === flag)?.[1];
  const isOwn = !line.isOver && !(spec.passesOn && line.operands.length > 0);
  if (isOwn && named?.value !== undefined && partial !== undefined) {
    const { suggestions, files } = await valueOf(named, partial, ask);
    return { files, suggestions: suggestions.map((each) => ({ ...each, value: `--${flag}=${each.value}` })) };
  }
  const operands = () => operandsOf(spec, current, ask);
  if (!isOwn || !current.startsWith("-")) return operands();
  const flags = [...flagsOf(spec), help].filter(([each]) => !line.flags.has(each));
  const { suggestions } = matching(
    current,
    flags.map(([each, { does }]) => ({ value: `--${each}`, does })),
  );
  return {
    suggestions: [...suggestions, ...(spec.completes === "kubectl" ? (await operands()).suggestions : [])],
    files: false,
  };
}

function firstWords(current: string): readonly Suggestion[] {
  if (current.startsWith("-")) {
    return [
      { value: "--help", does: "show the commands" },
      { value: "--version", does: "show the version" },
    ];
  }
  return Object.entries(commands).map(([value, { does }]) => ({ value, does: shortened(does) }));
}

/** The first part of a sentence: a shell shows one line. */
function shortened(sentence: string): string {
  return sentence.replace(/(?: \(|[.:,;] ).*$|\.$/s, "");
}

interface Line {
  readonly operands: readonly string[];
  readonly flags: ReadonlyMap<string, string | undefined>;
  /** The flag whose value comes next. */
  readonly pending: Flag | undefined;
  /** Whether "--" has ended the flags. */
  readonly isOver: boolean;
}

/** Reads the words before the one that is completed, as run-command.ts will, but forgives what is wrong. */
function readLine(spec: CommandSpec, words: readonly string[]): Line {
  const known = new Map(flagsOf(spec));
  const byShort = new Map([...known].map(([name, { short }]) => [short, name]));
  const operands: string[] = [];
  const flags = new Map<string, string | undefined>();
  let pending: { readonly name: string; readonly flag: Flag } | undefined;
  let isOver = false;
  for (const word of words) {
    if (pending !== undefined) {
      flags.set(pending.name, word);
      pending = undefined;
    } else if (isOver || !word.startsWith("-") || (spec.passesOn && operands.length > 0)) operands.push(word);
    else if (word === "--") isOver = true;
    else {
      const [written = "", value] = word.split(/=(.*)/s);
      const name = written.startsWith("--") ? written.slice(2) : (byShort.get(written.slice(1)) ?? "");
      const flag = known.get(name);
      if (flag === undefined && spec.passesOn) operands.push(word);
      else if (flag?.value !== undefined && value === undefined) pending = { name, flag };
      else flags.set(name, value);
    }
  }
  return { operands, flags, pending: pending?.flag, isOver };
}

interface Asked extends Line {
  readonly known: Known;
}

async function valueOf(flag: Flag, current: string, { known, flags }: Asked): Promise<Completion> {
  if (flag.completes === "contexts") return matching(current, await known.contexts(flags.get("kubeconfig")));
  if (flag.completes === "snapshots") return matching(current, await known.snapshots());
  if (flag.completes !== "machines") return flag.value === "FILE" ? onlyFiles : nothing;
  const named = current.split(",").slice(0, -1);
  const before = named.map((name) => `${name},`).join("");
  const machines = (await known.machines(flags.get("config"))).filter(({ value }) => !named.includes(value));
  return matching(
    current,
    machines.map((each) => ({ ...each, value: before + each.value })),
  );
}

async function operandsOf(spec: CommandSpec, current: string, asked: Asked): Promise<Completion> {
  const { known, operands, flags } = asked;
  const config = flags.get("config");
  switch (spec.completes) {
    case "machine": {
      const isNamed = operands.length > 0 || flags.has("all") || flags.has("on");
      return isNamed ? nothing : matching(current, await known.machines(config));
    }
    case "node-or-pod": {
      const [machines, pods] = await Promise.all([known.machines(config), known.pods(config)]);
      // Few know the namespace first.
      const named = pods.map(({ value, does }) => ({ value: value.split("/").at(-1) ?? value, does }));
      const all = [...machines, ...named, ...(current === "" ? [] : pods)];
      return matching(
        current,
        all.filter(({ value }) => !operands.includes(value)),
      );
    }
    case "image":
      return { ...matching(current, await known.images()), files: true };
    case "snapshot":
      return operands.length > 0 ? nothing : { ...matching(current, await known.snapshots()), files: true };
    case "kubectl":
      return known.kubectl(config, [...operands, current]);
    case "shell":
      return operands.length > 0
        ? nothing
        : matching(
            current,
            Object.keys(shells).map((value) => ({ value })),
          );
    default:
      return nothing;
  }
}

function matching(current: string, all: readonly Suggestion[]): Completion {
  return { suggestions: all.filter(({ value }) => value.startsWith(current)), files: false };
}

/** Writes what a shell's script reads: `files` or `words` in the first line, then a suggestion a line. */
export function renderCompletion({ suggestions, files }: Completion): string {
  const lines = suggestions.map(({ value, does }) => (does === undefined ? value : `${value}\t${does}`));
  return `${[files ? "files" : "words", ...lines].join("\n")}\n`;
}
