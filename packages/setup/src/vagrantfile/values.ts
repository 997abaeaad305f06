import type { Node } from "@ruby/prism/src/nodes.js";

/** A value of Ruby, as far as Vagrantfiles use them. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Value[]
  | Sym
  | Hash
  | Range
  | Lambda
  | Environment
  | ConfigObject
  | Unknown;

export class Sym {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A hash, which keeps the order of its keys. */
export class Hash {
  readonly #entries = new Map<string, readonly [Value, Value]>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(tokenOf(key))?.[1];
  }

  set(key: Value, value: Value): void {
    this.#entries.set(tokenOf(key), [key, value]);
  }

  /** Returns a value by its name, whether that is a symbol or a text. */
  named(name: string): Value | undefined {
    return this.get(new Sym(name)) ?? this.get(name);
  }

  entries(): readonly (readonly [Value, Value])[] {
    return [...this.#entries.values()];
  }
}

/** Tells :a from "a" and 1 from "1". */
function tokenOf(key: Value): string {
  if (key instanceof Sym) return `:${key.name}`;
  return JSON.stringify(key) ?? "";
}

export class Range {
  readonly from: number;
  /** The last number of it. */
  readonly to: number;

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }
}

/** A block, a lambda or a method: what takes arguments. */
export class Lambda {
  readonly call: (args: readonly Value[]) => Value;

  constructor(call: (args: readonly Value[]) => Value) {
    this.call = call;
  }
}

/** `ENV`: the variables of a shell. */
export class Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;

  constructor(variables: Readonly<Record<string, string | undefined>>) {
    this.variables = variables;
  }
}

/** An object of Vagrant's configuration, by which settings are made. */
export class ConfigObject {
  /** As it is called in notes: "vm", "ssh", "provider virtualbox". */
  readonly path: string;
  /** The machine that the settings are for; undefined for those of all machines. */
  readonly machine: string | undefined;
  readonly provider: string | undefined;

  constructor(path: string, machine?: string, provider?: string) {
    this.path = path;
    this.machine = machine;
    this.provider = provider;
  }
}

/** What cannot be known without running the Vagrantfile. */
export class Unknown {
  /** "File.read is not run" */
  readonly why: string;
  readonly line: number;

  constructor(why: string, line: number) {
    this.why = why;
    this.line = line;
  }
}

/** A method of the Vagrantfile's own. */
export interface Method {
  readonly parameters: Node | null;
  readonly body: Node | null;
}

/** Returns a value as a text where it is one, or a symbol or a number. */
export function textOf(value: Value | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  return value instanceof Sym ? value.name : undefined;
}

/** Returns what `to_s` makes of a value; undefined for what has no text of its own here. */
export function toText(value: Value): string | undefined {
  if (value === null) return "";
  return typeof value === "boolean" ? String(value) : textOf(value);
}

export function isTrue(value: Value): boolean {
  return value !== null && value !== false;
}

export function isEqual(a: Value, b: Value): boolean {
  if (a instanceof Sym && b instanceof Sym) return a.name === b.name;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => isEqual(each, b[index] ?? null));
  }
  return a === b;
}
