import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { caller, makeForCaller } from "./caller.js";
import { type LabFile, labFiles } from "./files.js";
import { Problem } from "@k3s-lab/problem";

/** Raised when a package changes the shape of what it records. */
const schema = 1;
const secret: ReadonlySet<LabFile> = new Set(["secrets", "kubeconfig"]);

/** `.lab/` of one lab: the values that its packages hand on, as files that a person can read. */
export class LabState {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  path(file: LabFile): string {
    return join(this.dir, labFiles[file]);
  }

  /** The value last recorded, or undefined where the stage has not run. */
  read<Value>(file: LabFile): Value | undefined {
    let text: string;
    try {
      text = readFileSync(this.path(file), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    return parse<Value>(this.path(file), text);
  }

  /** What an earlier stage has recorded, for one that cannot do without. */
  expect<Value>(file: LabFile): Value {
    const value = this.read<Value>(file);
    if (value !== undefined) return value;
    throw new Problem("LAB-CFG-008", this.path(file), "is not there", {
      remedy: "Run `npm run lab:up`, which runs every stage.",
    });
  }

  /** Writes atomically, only when something changed; secrets are readable by their owner alone. */
  write(file: LabFile, value: object): void {
    this.writeText(file, `${JSON.stringify({ schema, ...value }, undefined, 2)}\n`);
  }

  writeText(file: LabFile, text: string): void {
    const path = this.path(file);
    if (readOrUndefined(path) === text) return;
    makeForCaller(this.dir);
    const { uid, gid } = caller();
    writeFileAtomic.sync(path, text, { mode: secret.has(file) ? 0o600 : 0o644, chown: { uid, gid } });
  }

  remove(file: LabFile): void {
    rmSync(this.path(file), { force: true, recursive: true });
  }
}

function parse<Value>(path: string, text: string): Value {
  const remedy = "Run `npm run lab:down`, then `npm run lab:up`.";
  let value: { schema?: unknown };
  try {
    value = JSON.parse(text) as { schema?: unknown };
  } catch (cause) {
    throw new Problem("LAB-CFG-009", path, "is not valid JSON", { remedy, cause });
  }
  if (value.schema !== schema) {
    throw new Problem("LAB-CFG-010", path, `has schema ${String(value.schema)}, expected ${schema}`, { remedy });
  }
  return value as Value;
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
