import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { cablePrefix, labDir, list, lxcLockDir, lxcRunDir, machineNames } from "../../places.js";
import { tolerate } from "../../tolerate.js";
import { removeCable } from "./cable.js";
import { labCgroups, removeCgroups } from "./cgroups.js";
import { machineOfCgroup } from "./config.js";

/** Machines that have a folder or a cgroup: one whose folder was removed by hand may still run. */
export function machinesThere(labId: string): readonly string[] {
  const inCgroups = labCgroups(labId).flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => machineOfCgroup(entry.name)),
  );
  return [...new Set([...machineNames(labId), ...inCgroups])].filter((name) => name !== undefined).toSorted();
}

/** What a lab's machines leave on the host besides themselves, as paths. */
export function leftOvers(labId: string): readonly string[] {
  return [
    ...cables(labId),
    ...labCgroups(labId),
    ...[labDir(labId), lxcLockDir(labId)].filter((dir) => existsSync(dir)),
    ...emptyLockFolders(labId),
  ];
}

/** The last of the folders on the way to LXC's locks that a removal has left which was cut short; none where others use it. */
function emptyLockFolders(labId: string): readonly string[] {
  let dir = lxcLockDir(labId);
  while (!existsSync(dir)) dir = dirname(dir);
  return dir.startsWith(`${lxcRunDir}/lock/`) && list(dir).length === 0 ? [dir] : [];
}

/** Removes what is left once no machine exists any more. */
export async function removeLeftOvers(labId: string): Promise<void> {
  for (const link of cables(labId)) await removeCable(basename(link));
  await removeCgroups(labCgroups(labId));
  await run("rm", ["-rf", "--one-file-system", "--", labDir(labId), lxcLockDir(labId)]);
  // LXC makes folders on the way to a lock, and leaves them there; a removal that was cut short has taken some. What others use
  // stays, and what something is mounted on.
  tolerate(["ENOTEMPTY", "EBUSY"], () => {
    for (let dir = dirname(lxcLockDir(labId)); dir.startsWith(lxcRunDir); dir = dirname(dir)) {
      tolerate(["ENOENT"], () => rmdirSync(dir));
    }
  });
}

function cables(labId: string): readonly string[] {
  const dir = "/sys/class/net";
  return list(dir)
    .filter((link) => link.startsWith(cablePrefix(labId)))
    .map((link) => join(dir, link));
}
