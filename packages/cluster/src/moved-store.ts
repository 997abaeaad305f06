import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { scratchFolder } from "@k3s-lab/host";
import type { ExtractedDisk } from "@k3s-lab/machines";
import { managerOf, serviceOf } from "./config/service.js";
import { agreeOnAll, readLog, reaches } from "./etcd-log.js";
import { k3sPaths, labPaths } from "./paths.js";

const logFolder = join(k3sPaths.etcd, "member/wal");

/**
 * Prepares the disks of several servers for other addresses than etcd's members know each other by: keeps the store of the one that
 * has all that was acknowledged, and marks it, so that the next `lab:up` makes it the only one. The others join it as new ones, and
 * none starts K3s with its machine: the first, without its store, would begin another cluster.
 * Resolves with its name; with undefined where no server has such a store.
 */
export async function keepOneStore(disks: ReadonlyMap<string, ExtractedDisk>): Promise<string | undefined> {
  // All secrets of the cluster are in its logs: only the caller may enter.
  using scratch = scratchFolder("store");
  const stores = [];
  for (const [name, disk] of disks) {
    const copy = join(scratch.path, name);
    await disk.copyOut(logFolder, copy);
    const log = readLog(copy);
    if (log !== undefined) stores.push({ name, disk, log });
  }
  const [first, ...others] = stores;
  if (first === undefined) return undefined;
  const kept = others.reduce((best, other) => (reaches(best.log.end, other.log.end) ? best : other), first);
  const enabled = managerOf({}).enabledFile(serviceOf({ role: "server" }).name);
  for (const disk of disks.values()) await disk.remove(enabled);
  for (const { disk } of stores) {
    if (disk === kept.disk) continue;
    for (const path of [k3sPaths.etcd, k3sPaths.joinToken]) await disk.remove(path);
  }
  agreeOnAll(kept.log);
  await kept.disk.copyIn(kept.log.file, join(logFolder, basename(kept.log.file)));
  const mark = join(scratch.path, "mark");
  writeFileSync(mark, "", { mode: 0o600 });
  await kept.disk.copyIn(mark, labPaths.movedStore);
  for (const disk of disks.values()) await disk.sync();
  return kept.name;
}
