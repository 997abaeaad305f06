import {
  constants,
  accessSync,
  chownSync,
  existsSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { caller, encodingOf, makeForCaller } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import writeFileAtomic from "write-file-atomic";

/** Milliseconds. kubectl holds the lock for as long as it takes to write a file. */
const lockedFor = 5_000;
const lookEvery = 50;

/** Reads a kubeconfig; undefined where there is none. Throws a Problem where this user may not, or where it is no UTF-8. */
export function readKubeconfig(file: string): string | undefined {
  try {
    const bytes = readFileSync(file);
    if (encodingOf(bytes) !== "UTF-8") {
      throw new Problem("LAB-KUB-004", file, `is ${encodingOf(bytes)}, expected UTF-8`, {
        remedy: "Save it as UTF-8.",
      });
    }
    return bytes.toString("utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === undefined) throw cause;
    const what = code === "EISDIR" ? "is a folder, expected a kubeconfig" : `cannot be read (${code})`;
    throw new Problem("LAB-KUB-004", file, what, { cause, remedy: "Name another file with KUBECONFIG." });
  }
}

/** Whether this user may change a kubeconfig, or make it. One that its owner has made read-only is left alone by root, too. */
export function mayChange(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined) return (found.mode & 0o222) !== 0 && may(file);
  const folder = dirname(targetOf(file));
  return existsSync(folder) ? may(folder) : true;
}

function may(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What becomes of a kubeconfig. */
export interface Changed {
  /** Undefined: the file is removed. */
  readonly text: string | undefined;
  /** What it was before is kept here. */
  readonly backup?: string;
}

/**
 * Changes a kubeconfig at once or not at all. Its mode and its owner stay, and a link stays a link; a new one can be read by its
 * owner alone. Holds the lock that kubectl takes, too. Throws a Problem where the file cannot be written.
 */
export async function changeKubeconfig(file: string, change: (text: string) => Changed): Promise<void> {
  if (!mayChange(file)) {
    throw new Problem("LAB-KUB-005", file, "may not be written by this user, or is read-only", {
      remedy: "Make it writable, or name another file with KUBECONFIG.",
    });
  }
  makeForCaller(dirname(file));
  const lock = await takeKubectlsLock(file);
  try {
    const before = readKubeconfig(file);
    const { text, backup } = change(before ?? "");
    if (text === before) return;
    if (backup !== undefined && before !== undefined) replace(backup, before, statSync(file));
    if (text === undefined) rmSync(targetOf(file), { force: true });
    else replace(targetOf(file), text, statSync(file, { throwIfNoEntry: false }));
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Takes the lock of client-go, so that neither kubectl nor another lab writes at the same time. */
async function takeKubectlsLock(file: string): Promise<string> {
  const lock = `${file}.lock`;
  const end = Date.now() + lockedFor;
  for (;;) {
    try {
      writeFileSync(lock, "", { flag: "wx", mode: 0o600 });
      return lock;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== "EEXIST") {
        throw new Problem("LAB-KUB-005", file, `cannot be locked for writing (${code})`, { cause });
      }
      if (Date.now() > end) {
        throw new Problem("LAB-KUB-006", file, `is being changed by another program, whose ${lock} exists`, {
          remedy: `Run the command again; if no such program runs, remove ${lock}.`,
        });
      }
      await sleep(lookEvery);
    }
  }
}

/** Writes a file atomically, as the one whose place it takes was; where no other file may take its place, into the file itself. */
function replace(path: string, text: string, like: { mode: number; uid: number; gid: number } | undefined): void {
  const mode = like === undefined ? 0o600 : like.mode & 0o777;
  const { uid, gid } = like ?? caller();
  try {
    writeFileAtomic.sync(path, text, { mode, ...(process.getuid?.() === 0 && { chown: { uid, gid } }) });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // A file that is mounted by itself, as in a container, or in a folder of another user.
    if (!["EBUSY", "EACCES", "EPERM", "EXDEV"].includes(code ?? "") || !existsSync(path)) {
      throw new Problem("LAB-KUB-005", path, `cannot be written (${code})`, { cause });
    }
    writeFileSync(path, text);
    if (process.getuid?.() === 0) chownSync(path, uid, gid);
  }
}

/** Follows a link to where it leads, even where nothing is there yet. */
function targetOf(file: string): string {
  let path = file;
  for (let step = 0; step < 40; step++) {
    try {
      path = resolve(dirname(path), readlinkSync(path));
    } catch {
      return path;
    }
  }
  return path;
}
