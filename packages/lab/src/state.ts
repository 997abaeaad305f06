import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { type GenericSchema, getDotPath, safeParse } from "valibot";
import writeFileAtomic from "write-file-atomic";
import { caller, makeForCaller } from "./caller.js";
import { type LabFile, labFiles } from "./files.js";

const secret: ReadonlySet<LabFile> = new Set(["secrets", "kubeconfig"]);

/** What a package records in one file under `.lab/`. Nobody else writes that file. */
export interface StateFile<Value extends object> {
  readonly file: LabFile;
  /** Stands in the file as `schema`. Raised with every change that a reader of the one before would not understand. */
  readonly version: number;
  /** Checks what is read. Its input is what JSON.stringify makes of a value. */
  readonly schema: GenericSchema<unknown, Value>;
  /** Makes the content of an older version into one of this version; undefined where that cannot be. */
  readonly migrate?: (older: Readonly<Record<string, unknown>>, version: number) => object | undefined;
}

/** `.lab/` of one lab: the values that its packages hand on, as files that a person can read. */
export class LabState {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  path(file: LabFile): string {
    return join(this.dir, labFiles[file]);
  }

  /**
   * The value last recorded. Undefined where there is none, or the file was damaged: then it is made again from what
   * stands. Throws where another version of k3s-lab has written what this one cannot read.
   */
  read<Value extends object>({ file, version, schema, migrate }: StateFile<Value>): Value | undefined {
    const content = parse(readOrUndefined(this.path(file)));
    if (content === undefined) return undefined;
    const written = content.schema;
    const current = written === version ? content : migrate?.(content, Number(written));
    const path = this.path(file);
    const remedy = "Use the k3s-lab that wrote it; or run `npm run lab:down`, then `npm run lab:up`.";
    if (current === undefined) {
      throw new Problem("LAB-CFG-010", path, `has schema ${String(written)}, expected ${version}`, { remedy });
    }
    const { success, output, issues } = safeParse(schema, current);
    if (success) return output;
    const [issue] = issues;
    const key = getDotPath(issue) ?? "the file";
    throw new Problem("LAB-CFG-009", path, `${key}: expected ${issue.expected}, seen ${issue.received}`, { remedy });
  }

  /** What an earlier stage has recorded, for one that cannot do without. */
  expect<Value extends object>(record: StateFile<Value>): Value {
    const value = this.read(record);
    if (value !== undefined) return value;
    throw new Problem("LAB-CFG-008", this.path(record.file), "is not there", {
      remedy: "Run `npm run lab:up`, which runs every stage.",
    });
  }

  /** Writes atomically, only when something changed; secrets are readable by their owner alone. */
  write<Value extends object>({ file, version }: StateFile<Value>, value: Value): void {
    this.writeText(file, `${JSON.stringify({ schema: version, ...value }, undefined, 2)}\n`);
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

/** Undefined for what is no JSON object: a file that was truncated says nothing that can be relied on. */
function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
