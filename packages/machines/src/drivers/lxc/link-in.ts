import { linkSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { machinePlaces } from "../../places.js";
import { tolerate } from "../../tolerate.js";
import { dataDirs } from "./config.js";

/** How the system refuses a hard link: another file system, one without hard links, or too many of them. */
const impossible = ["EXDEV", "EPERM", "EMLINK", "ENOTSUP"];

/**
 * Places a file or a folder of the host on a machine's disk by hard links, all at once or not at all. Only what root alone may
 * change: the machine runs it as root. Returns whether it is there.
 */
export function linkIn(labId: string, name: string, hostPath: string, path: string): boolean {
  const parent = folderOnDisk(labId, name, path);
  if (parent === undefined || !isRootsAlone(hostPath)) return false;
  const target = join(parent, basename(path));
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return false;
  const part = `${target}.part`;
  // One that was killed could not remove its own.
  rmSync(part, { recursive: true, force: true });
  const isDone = tolerate(impossible, () => {
    linkTree(hostPath, part);
    renameSync(part, target);
    return true;
  });
  if (isDone === undefined) rmSync(part, { recursive: true, force: true });
  return isDone ?? false;
}

/**
 * Returns, on the host, the folder that holds a path of the machine, and makes it where it is missing; undefined where the path
 * is not on one of the machine's disks, or a link of the machine's is on the way, which would lead to a file of the host.
 */
function folderOnDisk(labId: string, name: string, path: string): string | undefined {
  const disk = Object.entries(dataDirs).find(([, dir]) => path.startsWith(`/${dir}/`));
  if (disk === undefined) return undefined;
  const [folder, dir] = disk;
  let place = join(machinePlaces(labId, name).data, folder);
  for (const part of path
    .slice(dir.length + 2)
    .split("/")
    .slice(0, -1)) {
    place = join(place, part);
    const seen = lstatSync(place, { throwIfNoEntry: false });
    if (seen === undefined) mkdirSync(place, { mode: 0o755 });
    else if (!seen.isDirectory()) return undefined;
  }
  return place;
}

function isRootsAlone(path: string): boolean {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (seen === undefined || seen.uid !== 0) return false;
  if (seen.isSymbolicLink()) return true;
  if ((seen.mode & 0o022) !== 0) return false;
  return !seen.isDirectory() || readdirSync(path).every((entry) => isRootsAlone(join(path, entry)));
}

function linkTree(from: string, to: string): void {
  const seen = lstatSync(from);
  if (seen.isSymbolicLink()) return symlinkSync(readlinkSync(from), to);
  if (!seen.isDirectory()) return linkSync(from, to);
  mkdirSync(to, { mode: 0o755 });
  for (const entry of readdirSync(from)) linkTree(join(from, entry), join(to, entry));
}
