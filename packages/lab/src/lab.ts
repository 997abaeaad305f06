import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import * as v from "valibot";
import type { LabConfig } from "./config.js";
import { labDigest } from "./files.js";
import { Problem } from "@k3s-lab/problem";
import { LabState, type StateFile } from "./state.js";

/** A lab as its configuration asks for it, and the place of its files. */
export interface Lab {
  readonly config: LabConfig;
  /** Absolute path of lab.yaml; the file need not exist: every key has a default. */
  readonly file: string;
  readonly state: LabState;
  /** Tells this lab from every other on the host: six hexadecimal digits. */
  readonly id: string;
}

/** lab.yaml in the folder that the person stands in, unless `--config` or K3S_LAB_CONFIG names another. */
export function findConfig(option: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const standing = env.INIT_CWD ?? process.cwd();
  const file = resolve(standing, option ?? (env.K3S_LAB_CONFIG || "lab.yaml"));
  const found = look(file);
  if (found?.isDirectory()) {
    throw new Problem("LAB-CFG-001", file, "is a folder, expected a file such as lab.yaml", {
      remedy: `Name the file: ${join(file, "lab.yaml")}.`,
    });
  }
  if (option !== undefined && found === undefined) {
    throw new Problem("LAB-CFG-002", file, "does not exist, though --config names it");
  }
  return existsSync(dirname(file)) ? join(realpathSync(dirname(file)), basename(file)) : file;
}

export interface OpenOptions {
  /** Keeps what was validated, for the next command. */
  readonly record?: boolean;
  /** Does with the last configuration that was right, or the defaults, where lab.yaml is wrong: to remove a lab. */
  readonly anyConfig?: boolean;
}

/**
 * Reads lab.yaml, or takes what an earlier command has validated of the very same text: the schema library costs
 * more than all else that a stage with nothing to do needs.
 */
export async function openLab(file: string, options: OpenOptions = {}): Promise<Lab> {
  const dir = join(dirname(file), ".lab");
  const state = new LabState(dir);
  const lab = { file, state, id: labDigest(dir) };
  try {
    const text = read(file);
    const source = createHash("sha256").update(schemaVersion).update(text).digest("hex");
    const config = recorded(state, source) ?? (await import("./parse-config.js")).parseConfig(text, file);
    if (options.record) state.write(configRecord, { source, config });
    return { ...lab, config };
  } catch (error) {
    if (!options.anyConfig || !(error instanceof Problem)) throw error;
    return { ...lab, config: recorded(state) ?? (await import("./parse-config.js")).parseConfig("", file) };
  }
}

/** What is there; a place that cannot be looked at is left to read(), which says so. */
function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw new Problem("LAB-CFG-003", file, `cannot be read (${code})`, { cause });
  }
}

/** `.lab/lab.json`. */
const configRecord: StateFile<{ readonly source: string; readonly config: LabConfig }> = {
  file: "config",
  version: 1,
  schema: v.object({ source: v.string(), config: v.custom<LabConfig>((config) => typeof config === "object") }),
};

/** Part of the key of a validated configuration; raised with every change of the schema or its checks. */
const schemaVersion = "4";

/** What an earlier command has validated: of this source, or whatever it was. */
function recorded(state: LabState, source?: string): LabConfig | undefined {
  try {
    const known = state.read(configRecord);
    return source === undefined || known?.source === source ? known?.config : undefined;
  } catch {
    return undefined; // What an older version left is validated anew.
  }
}
