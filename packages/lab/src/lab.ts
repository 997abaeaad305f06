import { existsSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import { type LabConfig, labConfig } from "./config.js";
import { labDigest } from "./files.js";
import { parseConfig } from "./parse-config.js";
import { LabState } from "./state.js";
import { readIfExists } from "@k3s-lab/host";

/** A lab as its configuration asks for it, and the place of its files. */
export interface Lab {
  readonly config: LabConfig;
  /** Absolute path of lab.yaml; the file need not exist: every key has a default. */
  readonly file: string;
  readonly state: LabState;
  /** Tells this lab from every other on the host: six hexadecimal digits. */
  readonly id: string;
}

/** Finds lab.yaml in the caller's folder, unless `--config` or K3S_LAB_CONFIG names another. */
export function findConfig(option: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const cwd = env.INIT_CWD ?? process.cwd();
  const file = resolve(cwd, option ?? (env.K3S_LAB_CONFIG || "lab.yaml"));
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
  /** Records the configuration, so that the lab can be removed by it after lab.yaml was broken. */
  readonly record?: boolean;
  /** Goes by the configuration that was recorded last, and reads lab.yaml only where none was. */
  readonly asRecorded?: boolean;
  /** Falls back on the last configuration that was right, or the defaults, where lab.yaml is wrong: to remove a lab. */
  readonly anyConfig?: boolean;
}

/** Opens the lab of a lab.yaml. Throws a Problem (exit code 2) where it cannot be read or is wrong. */
export async function openLab(file: string, { record, asRecorded, anyConfig }: OpenOptions = {}): Promise<Lab> {
  const dir = join(dirname(file), ".lab");
  const lab = { file, state: new LabState(dir), id: labDigest(dir) };
  try {
    const config = (asRecorded && recorded(lab.state)) || parseConfig(read(file), file);
    if (record) lab.state.write(configRecord, { config });
    return { ...lab, config };
  } catch (error) {
    if (!anyConfig || !(error instanceof Problem)) throw error;
    return { ...lab, config: recorded(lab.state) ?? parseConfig("", file) };
  }
}

/** Looks at a path; one that cannot be looked at is left to read(), which reports it. */
function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Returns the text of lab.yaml; "" where there is none, since every key has a default. */
function read(file: string): string {
  try {
    return readIfExists(file) ?? "";
  } catch (cause) {
    throw new Problem("LAB-CFG-003", file, `cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** `.lab/lab.json`: the last configuration that was right. */
const configRecord = { file: "config", version: 1, schema: v.object({ config: labConfig }) } as const;

/** Returns the recorded configuration; undefined where it is not one of today's lab.yaml. */
function recorded(state: LabState): LabConfig | undefined {
  try {
    return state.read(configRecord)?.config;
  } catch {
    return undefined;
  }
}
