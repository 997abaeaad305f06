import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cgroupRoot } from "./names.js";

/** A mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  /** Mount options that choose the hierarchy: "cpu,cpuacct", "name=systemd". */
  readonly options: string;
}

/** The hierarchies of a host, from the text of /proc/mounts: v1, v2 or both. */
export function readHierarchies(mounts: string): readonly Hierarchy[] {
  return mounts.split("\n").flatMap((line): Hierarchy[] => {
    const [, path = "", type, options = ""] = line.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") return [];
    if (path !== cgroupRoot && !path.startsWith(`${cgroupRoot}/`)) return [];
    return [{ path, version: type === "cgroup" ? 1 : 2, options: type === "cgroup" ? chosenBy(options) : "" }];
  });
}

// Generic flags say nothing about the hierarchy; a release agent is refused outside the first cgroup namespace.
function chosenBy(options: string): string {
  const generic = /^(rw|ro|relatime|noatime|nosuid|nodev|noexec|xattr|release_agent=.*)$/;
  return options
    .split(",")
    .filter((option) => !generic.test(option))
    .join(",");
}

/** Shell lines that put the shell into groups of this name, one in each hierarchy. */
export function joinGroups(hierarchies: readonly Hierarchy[], name: string): string {
  return hierarchies
    .map(({ path, version, options }) => {
      const group = `${path}/${name}`;
      const lines = [`mkdir ${group}`];
      // A new cpuset has no CPUs, and refuses processes, until it is given some.
      if (options.split(",").includes("cpuset")) {
        for (const file of ["cpuset.cpus", "cpuset.mems"]) lines.push(`cat ${path}/${file} >${group}/${file}`);
        lines.push(`echo 1 >${group}/cgroup.clone_children`);
      }
      if (version === 2) {
        lines.push(
          `for c in $(cat ${path}/cgroup.controllers); do echo +$c >${path}/cgroup.subtree_control; done || :`,
        );
      }
      return [...lines, `echo $$ >${group}/cgroup.procs`].join("\n");
    })
    .join("\n");
}

/** Shell lines that mount the hierarchies again in a cgroup namespace: its own groups then look like the host's. */
export function mountHierarchies(hierarchies: readonly Hierarchy[]): string {
  const [only] = hierarchies;
  if (only?.path === cgroupRoot) {
    return [
      `mount -t cgroup2 cgroup2 ${cgroupRoot}`,
      `mkdir -p ${cgroupRoot}/init.scope`,
      `echo $$ >${cgroupRoot}/init.scope/cgroup.procs`,
    ].join("\n");
  }
  return [
    `mount -t tmpfs -o mode=755 cgroup ${cgroupRoot}`,
    ...hierarchies.map(({ path, version, options }) => {
      const what = version === 2 ? "-t cgroup2 cgroup2" : `-t cgroup -o ${options} cgroup`;
      return `mkdir -p ${path} && mount ${what} ${path}`;
    }),
  ].join("\n");
}

/** Removes what is left of a world's groups; waits while the kernel still ends their processes. */
export async function removeGroups(name: string, hierarchies = hostHierarchies(), timeout = 5_000): Promise<void> {
  const deadline = performance.now() + timeout;
  for (const { path } of hierarchies) {
    const group = join(path, name);
    while (!removeTree(group)) {
      if (performance.now() > deadline) throw new Error(`${group}: still holds processes`);
      await sleep(20);
    }
  }
}

export function hostHierarchies(): readonly Hierarchy[] {
  return readHierarchies(readFileSync("/proc/mounts", "utf8"));
}

function removeTree(group: string): boolean {
  if (!existsSync(group)) return true;
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(group, entry.name));
    }
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}
