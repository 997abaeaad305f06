import { existsSync, lstatSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { didYouMean, Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import { type LabConfig, labConfig } from "./config.js";
import { settleProvider } from "./provider.js";
import { labDigest, labFiles } from "./files.js";
import { LabState } from "./state.js";
import { caller, encodingOf, invalidUtf8At, listFolder } from "@k3s-lab/host";

/** A lab as its configuration asks for it, and the place of its files. */
export interface Lab {
  readonly config: LabConfig;
  /** Absolute path of lab.yaml (or lab.yml); the file need not exist: every key has a default. */
  readonly file: string;
  readonly state: LabState;
  /** Tells this lab from every other on the host: six hexadecimal digits. */
  readonly id: string;
  /** What a person should know of how the configuration was settled. */
  readonly note?: string;
}

/**
 * Finds lab.yaml, or lab.yml, in the caller's folder or the nearest one above it, as git finds a repository, unless `--config` or
 * K3S_LAB_CONFIG names another file. A named file must exist; where no folder has one, the lab is that of the caller's folder.
 * One that is `toBeMade` may be missing, and is looked for in no folder above: a lab begins where its person is.
 */
export function findConfig(
  option: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  { toBeMade = false }: { readonly toBeMade?: boolean } = {},
): string {
  const cwd = env.INIT_CWD ?? process.cwd();
  const named = option ?? (env.K3S_LAB_CONFIG || undefined);
  const file =
    named === undefined ? unnamed(existsSync(cwd) ? realpathSync(cwd) : cwd, !toBeMade) : resolve(cwd, named);
  const found = look(file);
  if (found === undefined && named !== undefined && !toBeMade) {
    const by = option === undefined ? "K3S_LAB_CONFIG" : "--config";
    const near = didYouMean(basename(file), listFolder(dirname(file)));
    throw new Problem("LAB-CFG-002", file, `does not exist, though ${by} names it${near}`, {
      remedy:
        "Name a file that exists; an empty one is a lab with every default. `npm run labs` lists the labs of this host, also those whose folder is gone.",
    });
  }
  if (found?.isDirectory()) {
    throw new Problem("LAB-CFG-001", file, "is a folder, expected a file such as lab.yaml", {
      remedy: `Name the file: ${join(file, "lab.yaml")}.`,
    });
  }
  // Neither a pipe nor a device has a folder of its own.
  if (found?.isFile() === false) {
    throw new Problem("LAB-CFG-013", file, "is not an ordinary file, expected one such as lab.yaml", {
      remedy: "Write it to a file: the lab's own files are kept beside it.",
    });
  }
  return existsSync(dirname(file)) ? join(realpathSync(dirname(file)), basename(file)) : file;
}

/** Finds lab.yaml or lab.yml; returns lab.yaml where there is neither, nor anything that was meant to be one. */
function unnamed(folder: string, looksAbove: boolean): string {
  const [long = "", short = ""] = ["lab.yaml", "lab.yml"].map((name) => join(folder, name));
  const [hasLong, hasShort] = [long, short].map((file) => look(file) !== undefined);
  if (hasLong && hasShort) {
    throw new Problem("LAB-CFG-012", folder, "has both lab.yaml and lab.yml, expected one of them", {
      remedy: "Remove one of them, or name the one to use with --config.",
    });
  }
  if (hasLong || hasShort) return hasShort ? short : long;
  const meant = listFolder(folder).find((name) => /^lab\.ya?ml(\.txt)?$/i.test(name));
  if (meant !== undefined) {
    throw new Problem("LAB-CFG-014", join(folder, meant), "would not be read, expected the name lab.yaml", {
      remedy: "Rename it, or name it with --config.",
    });
  }
  const above = !looksAbove || existsSync(join(folder, madeHere)) ? undefined : folderAbove(folder);
  return above === undefined ? long : unnamed(above, looksAbove);
}

/** What a lab that was made in a folder has left there, with a lab.yaml or without. */
const madeHere = join(".lab", labFiles.config);

/**
 * Returns the nearest folder above with a lab: its lab.yaml, or the `.lab` of one that needs no lab.yaml. One that another user has
 * made is passed over, such as in a shared folder: it decides what root mounts and starts.
 */
function folderAbove(folder: string): string | undefined {
  const above = dirname(folder);
  if (above === folder) return undefined;
  const hasLab = ["lab.yaml", "lab.yml", madeHere].some((name) => isTrusted(join(above, name)));
  return hasLab ? above : folderAbove(above);
}

/** Whether something exists, and is the caller's own or root's. */
function isTrusted(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const own = process.getuid?.();
  return own === undefined || [0, own, caller().uid].includes(found.uid);
}

export interface OpenOptions {
  /**
   * Records the configuration, so that the lab can be removed by it after lab.yaml was broken. "new": only where no lab is made yet;
   * what is made goes on by what it was made with.
   */
  readonly record?: boolean | "new";
  /** Goes by the configuration that was recorded last, and reads lab.yaml only where none was. */
  readonly asRecorded?: boolean;
  /** Falls back on the last configuration that was right, or the defaults, where lab.yaml is wrong: to remove a lab. */
  readonly anyConfig?: boolean;
  /** Opens what was made for another folder, too: to see what a lab of this host uses, or to remove it by its id. */
  readonly anyFolder?: boolean;
}

/**
 * Opens the lab of a lab.yaml. Throws a Problem (exit code 2) where it cannot be read or is wrong, or where its `.lab` was made for
 * another folder.
 */
export async function openLab(
  file: string,
  { record, asRecorded, anyConfig, anyFolder }: OpenOptions = {},
): Promise<Lab> {
  const dir = join(dirname(file), ".lab");
  const lab = { file, state: new LabState(dir), id: labDigest(dir) };
  if (!anyFolder) refuseOtherFolder(lab.state);
  try {
    const before = recorded(lab.state);
    const made = lab.state.exists("machines") ? before : undefined;
    const settled = asRecorded && before ? { config: before } : await settleProvider(await readConfig(file), made);
    if (record === true || (record === "new" && made === undefined)) recordConfig({ ...lab, ...settled });
    return { ...lab, ...settled };
  } catch (error) {
    if (!anyConfig || !(error instanceof Problem)) throw error;
    const before = recorded(lab.state);
    return { ...lab, ...(before ? { config: before } : await settleProvider(defaults(), undefined)) };
  }
}

/** Records a lab's configuration, as openLab() can do at once. */
export function recordConfig({ state, config }: Pick<Lab, "state" | "config">): void {
  state.write(configRecord, { config, folder: dirname(state.dir) });
}

/**
 * Refuses the records of a lab whose folder was copied or moved: by them, each command would work on the nodes of another lab, or
 * make new ones beside those that have the data.
 */
function refuseOtherFolder(state: LabState): void {
  const folder = dirname(state.dir);
  const home = readRecord(state)?.folder ?? folder;
  if (home === folder || !state.exists("hostNetwork")) return;
  const made = `was made for the lab in ${home}, expected one for ${folder}`;
  if (existsSync(join(home, madeHere))) {
    throw new Problem("LAB-CFG-016", state.dir, `${made}; that lab is there still`, {
      remedy: `Work on it there; or remove ${state.dir}, so that this folder gets a lab of its own: \`npm run lab:up\`.`,
    });
  }
  const remove = `\`npm run labs -- --remove ${labDigest(join(home, ".lab"))}\``;
  throw new Problem(
    "LAB-CFG-016",
    state.dir,
    `${made}; a lab does not move, because all of it has names by its folder`,
    {
      remedy: `Move the folder back, and the lab goes on with all its data; or give that up: ${remove}, and then remove ${state.dir}.`,
    },
  );
}

/**
 * Returns the configuration in lab.yaml as it is written there, where `provider: auto` is still that. Throws like openLab. Without a
 * file, nothing is loaded that reads YAML: every command would wait for it.
 */
export async function readConfig(file: string): Promise<LabConfig> {
  const text = read(file);
  return text === "" ? defaults() : (await import("./parse-config.js")).parseConfig(text, file);
}

function defaults(): LabConfig {
  return v.parse(labConfig, {});
}

/** Looks at a path; undefined where there is nothing. */
function look(file: string): Stats | undefined {
  try {
    // A link that leads nowhere is not the same as no file: one was intended.
    return lstatSync(file, { throwIfNoEntry: false }) && statSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Returns the text of lab.yaml; "" where there is none, since every key has a default. */
function read(file: string): string {
  const bytes = bytesOf(file);
  const encoding = encodingOf(bytes);
  if (encoding === "UTF-8") return bytes.toString("utf8");
  throw new Problem(
    "LAB-CFG-011",
    file,
    `is ${encoding === "unknown" ? foreignByte(bytes) : encoding}, expected UTF-8`,
    {
      remedy: "Save it as UTF-8; in PowerShell with `Out-File -Encoding utf8`.",
    },
  );
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw unreadable(file, cause);
  }
}

/** "in another encoding (line 3 has the byte 0xe9)" */
function foreignByte(bytes: Buffer): string {
  const offset = invalidUtf8At(bytes) ?? 0;
  const line = bytes.subarray(0, offset).toString("latin1").split("\n").length;
  return `in another encoding, such as Latin-1 (line ${line} has the byte 0x${bytes[offset]?.toString(16)})`;
}

function unreadable(file: string, cause: unknown): Problem {
  const { code } = cause as NodeJS.ErrnoException;
  const what = code === "ENOENT" ? "is a link that leads nowhere" : `cannot be read (${code})`;
  return new Problem("LAB-CFG-003", file, what, { cause });
}

/** `.lab/lab.json`: the last configuration that was right. */
export const configRecord = {
  file: "config",
  version: 1,
  schema: v.object({
    config: labConfig,
    /** The lab's folder; absent where an earlier release has recorded it. */
    folder: v.exactOptional(v.string()),
  }),
} as const;

/** Returns the recorded configuration; undefined where it is not one of today's lab.yaml. */
function recorded(state: LabState): LabConfig | undefined {
  return readRecord(state)?.config;
}

function readRecord(state: LabState): v.InferOutput<typeof configRecord.schema> | undefined {
  try {
    return state.read(configRecord);
  } catch {
    return undefined;
  }
}
