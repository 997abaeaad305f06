import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "@k3s-lab/steps";
import { labCgroup } from "../../places.js";
import { tolerate } from "../../tolerate.js";

/** Milliseconds. */
const removeTimeout = 3000;
/** How the system refuses what is done to a cgroup that has gone. */
const gone = ["ENOENT", "ENODEV"];

/** Where hierarchies are mounted: one on a host of today (v2), one a controller on others (v1, hybrid). */
export function cgroupMounts(mountinfo: string): readonly string[] {
  return mountinfo
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(" ")[4] ?? "")
    .filter((mount, index, all) => mount.startsWith("/sys/fs/cgroup") && all.indexOf(mount) === index);
}

/** Cgroups of process 1, below which LXC makes its own; systemd's init.scope does not count. */
export function initCgroups(cgroup: string): readonly string[] {
  const paths = cgroup.split("\n").map((line) => line.replace(/^[^:]*:[^:]*:/, "").replace(/\/(?:init\.scope)?$/, ""));
  return [...new Set(["", ...paths])];
}

/** A lab's cgroup in every hierarchy that has it, or one in it. */
export function labCgroups(labId: string, ...inner: readonly string[]): readonly string[] {
  const mounts = cgroupMounts(readFileSync("/proc/self/mountinfo", "utf8"));
  const bases = initCgroups(readFileSync("/proc/1/cgroup", "utf8"));
  return mounts
    .flatMap((mount) => bases.map((base) => join(mount, base, labCgroup(labId), ...inner)))
    .filter((path) => existsSync(path));
}

export function processesIn(cgroups: readonly string[]): readonly number[] {
  const pids = cgroups.flatMap(tree).flatMap(processesOf);
  // 0 is a process that this namespace cannot name.
  return [...new Set(pids.map(Number))].filter((pid) => pid > 0);
}

/**
 * Removes cgroups that nothing runs in; the kernel needs a moment after the last process has gone. What stays is found by
 * the look at what is left over.
 */
export async function removeCgroups(cgroups: readonly string[]): Promise<void> {
  for (const dir of cgroups.flatMap((cgroup) => tree(cgroup).toReversed())) {
    const isGone = () => {
      tolerate([...gone, "EBUSY"], () => rmdirSync(dir));
      return !existsSync(dir);
    };
    await settles(isGone, removeTimeout);
  }
}

/** Waits until something is true, or the time is up: resolves with whether it is. */
export function settles(isTrue: () => boolean, within: number): Promise<boolean> {
  const deadline = performance.now() + within;
  const look = async () =>
    isTrue() ? { value: true } : performance.now() >= deadline ? { value: false } : { reason: "not yet" };
  return until({ look, every: 5, within });
}

/** A cgroup and all below it, parents first. */
function tree(dir: string): readonly string[] {
  const entries = tolerate(gone, () => readdirSync(dir, { withFileTypes: true }));
  if (entries === undefined) return [];
  const inner = entries.filter((entry) => entry.isDirectory());
  return [dir, ...inner.flatMap(({ name }) => tree(join(dir, name)))];
}

function processesOf(dir: string): readonly string[] {
  // EOPNOTSUPP: a threaded cgroup names its processes only in its parent.
  const codes = [...gone, "EOPNOTSUPP"];
  return tolerate(codes, () => readFileSync(join(dir, "cgroup.procs"), "utf8"))?.split("\n") ?? [];
}
