import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, systemDir } from "@k3s-lab/host";
import { sha256 } from "@k3s-lab/host";
import { tolerate } from "./tolerate.js";

/** Root file systems that all labs share; they outlive every lab. */
export const rootfsDir = join(systemDir, "rootfs");

/** Everything of one lab that a user's home cannot hold. */
export function labDir(labId: string): string {
  return join(systemDir, labId);
}

/** LXC's path of one lab. Its sockets are named after it: it must be written the same everywhere. */
export function machinesDir(labId: string): string {
  return join(labDir(labId), "machines");
}

/** The images of several servers' registry: a server that is lost takes none of them along. */
export function registryDir(labId: string): string {
  return join(labDir(labId), "registry");
}

/** Where several servers have that folder, or in Docker a volume. */
export const sharedStore = "/var/lib/k3s-lab/registry";

/** LXC's own, for all that use it on the host. */
export const lxcRunDir = "/run/lxc";

/** Where LXC keeps a lock for each machine. */
export function lxcLockDir(labId: string): string {
  return join(lxcRunDir, "lock", labDir(labId));
}

/** The cgroup that holds all of a lab, in every hierarchy. */
export function labCgroup(labId: string): string {
  return `k3s-lab-${labId}`;
}

export interface MachinePlaces {
  readonly dir: string;
  /** LXC's configuration; written last: a machine without it was never finished, or was destroyed by hand. */
  readonly config: string;
  /** What the machine has changed in its root file system. */
  readonly upper: string;
  /** Real directories of the host behind directories of the machine: containerd's overlays cannot lie on an overlay. */
  readonly data: string;
  /** Files that the machine sees in place of sysctls of the whole host. */
  readonly sysctls: string;
  readonly log: string;
}

export function machinePlaces(labId: string, name: string): MachinePlaces {
  const dir = join(machinesDir(labId), name);
  return {
    dir,
    config: join(dir, "config"),
    upper: join(dir, "upper"),
    data: join(dir, "data"),
    sysctls: join(dir, "sysctls"),
    log: join(dir, "lxc.log"),
  };
}

/** The machines that have a directory, finished or not. */
export function machineNames(labId: string): readonly string[] {
  return list(machinesDir(labId));
}

/** With what the names of a lab's cables begin. */
export function cablePrefix(labId: string): string {
  return `k3l${labId}`;
}

/** The host's end of a machine's cable; a link's name has at most 15 characters. */
export function cableName(labId: string, name: string): string {
  return `${cablePrefix(labId)}${sha256(name).slice(0, 5)}`;
}

/** Lists a directory; nothing where it is missing. */
export function list(dir: string): readonly string[] {
  return tolerate(["ENOENT"], () => readdirSync(dir)) ?? [];
}

/** Where the caches of registries are: on the host, where all labs share them, and in every machine. */
export const cachedImages = {
  onHost: (): string => join(cacheDir(), "registry-cache"),
  inside: "/var/lib/k3s-lab/registry-cache",
} as const;
