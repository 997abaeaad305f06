import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { managerOf, serviceOf } from "./config/service.js";
import { agreeOnAll, readLogEnd, reaches } from "./etcd-log.js";
import { k3sPaths, labPaths } from "./paths.js";

/** The disk of a server that does not run. */
export interface ServerDisk {
  readonly name: string;
  /** Where this host finds a path of the server. */
  pathOf(path: string): string;
}

/**
 * Prepares the disks of several servers for other addresses than etcd's members know each other by: keeps the store of the one that
 * has all that was acknowledged, and marks it, so that the next `lab:up` makes it the only one. The others join it as new ones, and
 * none starts K3s with its machine: the first, without its store, would begin another cluster.
 * Returns its name; undefined where no server has such a store.
 */
export function keepOneStore(servers: readonly ServerDisk[]): string | undefined {
  const stores = servers.flatMap((server) => {
    const log = join(server.pathOf(k3sPaths.etcd), "member/wal");
    const end = readLogEnd(log);
    return end === undefined ? [] : [{ server, log, end }];
  });
  const [first, ...others] = stores;
  if (first === undefined) return undefined;
  const kept = others.reduce((best, other) => (reaches(best.end, other.end) ? best : other), first);
  const enabled = managerOf({}).enabledFile(serviceOf({ role: "server" }).name);
  for (const { pathOf } of servers) rmSync(pathOf(enabled), { force: true });
  for (const { server } of stores) {
    if (server === kept.server) continue;
    for (const path of [k3sPaths.etcd, k3sPaths.joinToken])
      rmSync(server.pathOf(path), { recursive: true, force: true });
  }
  agreeOnAll(kept.log);
  writeFileSync(kept.server.pathOf(labPaths.movedStore), "", { mode: 0o600 });
  return kept.server.name;
}
