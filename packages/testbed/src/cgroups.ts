import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.js";
import { cgroupRoot } from "./names.js";

/** A mounted cgroup hierarchy. */
export interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  /** Mount options that choose the hierarchy: "cpu,cpuacct", "name=systemd". */
  readonly options: string;
}

/** Reads the hierarchies of a host from the text of /proc/mounts: v1, v2 or both. */
export function readHierarchies(mounts: string): readonly Hierarchy[] {
  return mounts.split("\n").flatMap((line): Hierarchy[] => {
    const [, path = "", type, options = ""] = line.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") return [];
    if (path !== cgroupRoot && !path.startsWith(`${cgroupRoot}/`)) return [];
    return [{ path, version: type === "cgroup" ? 1 : 2, options: type === "cgroup" ? chosenBy(options) : "" }];
  });
}

// Generic flags tell nothing about the hierarchy; a release agent is refused outside the first cgroup namespace.
function chosenBy(options: string): string {
  const generic = /^(rw|ro|relatime|noatime|nosuid|nodev|noexec|xattr|release_agent=.*)$/;
  return options
    .split(",")
    .filter((option) => !generic.test(option))
    .join(",");
}

/** Returns shell lines that put the shell into groups of this name, one in each hierarchy. */
export function joinGroups(hierarchies: readonly Hierarchy[], name: string): string {
  const lines = hierarchies.flatMap(({ path, version, options }) => {
    const group = `${path}/${name}`;
    // A new cpuset has no CPUs, and refuses processes, until it is given some.
    const fillCpuset = [
      `cat ${path}/cpuset.cpus >${group}/cpuset.cpus`,
      `cat ${path}/cpuset.mems >${group}/cpuset.mems`,
      `echo 1 >${group}/cgroup.clone_children`,
    ];
    const handOn = `for c in $(cat ${path}/cgroup.controllers); do echo +$c >${path}/cgroup.subtree_control; done || :`;
    return [
      `mkdir ${group}`,
      ...(options.split(",").includes("cpuset") ? fillCpuset : []),
      ...(version === 2 ? [handOn] : []),
      `echo $$ >${group}/cgroup.procs`,
    ];
  });
  return lines.join("\n");
}

/** Returns shell lines that mount the hierarchies again in a cgroup namespace: its own groups then look like the host's. */
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
export async function removeGroups(name: string): Promise<void> {
  for (const { path } of hostHierarchies()) {
    const group = join(path, name);
    await eventually(`the processes of ${group} end`, () => removeTree(group), { within: 5_000, every: 20 });
  }
}

export function hostHierarchies(): readonly Hierarchy[] {
  return readHierarchies(readFileSync("/proc/mounts", "utf8"));
}

/** Removes a group and those inside; returns whether none of it is left. Processes that are frozen by cgroup v1 end once thawed. */
function removeTree(group: string): boolean {
  const frozen = join(group, "freezer.state");
  try {
    if (existsSync(frozen)) writeFileSync(frozen, "THAWED");
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(group, entry.name));
    }
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}
