import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { caller, makeForCaller, readIfExists } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import { type LabFile, labFiles } from "./files.js";

const secret: ReadonlySet<LabFile> = new Set([
  "config",
  "secrets",
  "nodes",
  "proxies",
  "kubeconfig",
  "registryKeys",
  "registryPassword",
  "restoring",
]);

/** The record that a package keeps in one file under `.lab/`. No other package writes that file. */
export interface StateFile<Value extends object> {
  readonly file: LabFile;
  /** The key `schema` of the file. Raised with every change that a reader of the version before would not understand. */
  readonly version: number;
  /** Checks what is read. Its input is what JSON.stringify makes of a value. */
  readonly schema: v.GenericSchema<unknown, Value>;
  /** Turns the content of an older version into the content of this one; undefined where that is impossible. */
  readonly migrate?: (older: Readonly<Record<string, unknown>>, version: number) => object | undefined;
}

/** The folder `.lab/` of one lab: the values that its packages hand on, as files that a person can read. */
export class LabState {
  readonly dir: string;
  /** What is read in place of the records that are missing or damaged. */
  readonly #restored: Readonly<Partial<Record<LabFile, object>>>;

  constructor(dir: string, restored: Readonly<Partial<Record<LabFile, object>>> = {}) {
    this.dir = dir;
    this.#restored = restored;
  }

  path(file: LabFile): string {
    return join(this.dir, labFiles[file]);
  }

  exists(file: LabFile): boolean {
    return existsSync(this.path(file));
  }

  /**
   * Returns the value last recorded: undefined where there is none, or the file was damaged, so that its owner makes it
   * again from what exists. Throws where another version of k3s-lab wrote what this one cannot read.
   */
  read<Value extends object>({ file, version, schema, migrate }: StateFile<Value>): Value | undefined {
    const path = this.path(file);
    const content = parse(readIfExists(path));
    if (content === undefined) return this.#restored[file] as Value | undefined;
    const { schema: written, ...value } = content;
    const current = written === version ? value : migrate?.(value, written);
    const remedy = "Use the k3s-lab that wrote it; or run `npm run lab:down`, then `npm run lab:up`.";
    if (current === undefined) {
      throw new Problem("LAB-CFG-010", path, `has schema ${written}, expected ${version}`, { remedy });
    }
    const { success, output, issues } = v.safeParse(schema, current);
    if (success) return output;
    const [issue] = issues;
    const seen = issue.received === "undefined" ? "nothing" : issue.received;
    throw new Problem("LAB-CFG-009", path, `${v.getDotPath(issue)}: expected ${issue.expected}, seen ${seen}`, {
      remedy,
    });
  }

  /** Whether a record's file exists but cannot be understood. */
  isDamaged({ file }: Pick<StateFile<object>, "file">): boolean {
    const text = readIfExists(this.path(file));
    return text !== undefined && parse(text) === undefined;
  }

  /** Returns what an earlier stage has recorded, for one that cannot do without. */
  expect<Value extends object>(record: StateFile<Value>): Value {
    const value = this.read(record);
    if (value !== undefined) return value;
    throw new Problem("LAB-CFG-008", this.path(record.file), this.isDamaged(record) ? "is damaged" : "is missing", {
      remedy: "Run `npm run lab:up`, which runs every stage.",
    });
  }

  /** Writes atomically, only when something changed; secrets are readable by their owner alone. */
  write<Value extends object>({ file, version }: StateFile<Value>, value: Value): void {
    this.writeText(file, `${JSON.stringify({ schema: version, ...value }, undefined, 2)}\n`);
  }

  writeText(file: LabFile, text: string): void {
    const path = this.path(file);
    if (readIfExists(path) === text) return;
    makeForCaller(this.dir);
    const { uid, gid } = caller();
    writeFileAtomic.sync(path, text, { mode: secret.has(file) ? 0o600 : 0o644, chown: { uid, gid } });
  }

  remove(file: LabFile): void {
    rmSync(this.path(file), { force: true, recursive: true });
  }
}

/** Returns what a record's file holds; undefined for a file that was truncated, or was no record from the beginning. */
function parse(text: string | undefined): { readonly schema: number; readonly [key: string]: unknown } | undefined {
  try {
    return v.parse(v.looseObject({ schema: v.number() }), JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}
