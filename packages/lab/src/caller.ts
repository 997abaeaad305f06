import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";

/** The person who called, also under sudo: what a lab leaves for people belongs to them. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly isRoot: boolean;
}

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

/** Hands a file that root made to the caller. */
export function giveToCaller(path: string): void {
  const { uid, gid, isRoot } = caller();
  if (isRoot && uid !== 0) chownSync(path, uid, gid);
}

/** Makes a folder and every parent that is missing; under sudo they are the caller's. */
export function makeForCaller(folder: string): void {
  const made = mkdirSync(folder, { recursive: true });
  if (made === undefined) return;
  for (let each = folder; each.length >= made.length; each = dirname(each)) giveToCaller(each);
}
