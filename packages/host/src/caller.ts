import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The person who called, also under sudo: the files that a lab leaves for people belong to them. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly isRoot: boolean;
}

/** Returns the user who called, by the variables that sudo sets. */
export function caller(env: NodeJS.ProcessEnv = process.env, passwd = "/etc/passwd"): Caller {
  const isRoot = process.getuid?.() === 0;
  const uid = Number(env.SUDO_UID);
  const gid = Number(env.SUDO_GID);
  if (!isRoot || !env.SUDO_UID || !env.SUDO_GID || !Number.isInteger(uid) || !Number.isInteger(gid)) {
    return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, home: homedir(), isRoot };
  }
  const line = readFileSync(passwd, "utf8")
    .split("\n")
    .find((entry) => entry.split(":")[2] === String(uid));
  return { uid, gid, home: line?.split(":")[5] ?? homedir(), isRoot };
}

/** Makes the caller the owner of a file that root made. */
export function giveToCaller(path: string): void {
  const { uid, gid, isRoot } = caller();
  if (isRoot && uid !== 0) chownSync(path, uid, gid);
}

/** Makes a folder and every missing parent; under sudo the caller owns them. */
export function makeForCaller(folder: string): void {
  const made = mkdirSync(folder, { recursive: true });
  if (made === undefined) return;
  for (let each = folder; each.length >= made.length; each = dirname(each)) giveToCaller(each);
}

/** Returns the caller's cache folder, which outlives every lab. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.K3S_LAB_CACHE) return env.K3S_LAB_CACHE;
  const { home, isRoot } = caller(env);
  if (isRoot && env.SUDO_USER === undefined && env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "k3s-lab");
  return join(home, ".cache", "k3s-lab");
}
