import { readText } from "./read-text.js";

/** Finds the cgroup controllers that this host lacks, or that its own host has not delegated to it. */
export function missingControllers(wanted: readonly string[], root = "/"): readonly string[] {
  const unified = readText(`${root}sys/fs/cgroup/cgroup.controllers`);
  const there = new Set(unified?.trim().split(/\s+/) ?? mountedControllers(root));
  const off = switchedOff(root);
  return wanted.filter((name) => !there.has(name) || off.has(name));
}

/** Returns the controllers that the kernel was told to do without; one that it does not list may be of cgroup v2 only. */
function switchedOff(root: string): ReadonlySet<string> {
  const rows = (readText(`${root}proc/cgroups`) ?? "").split("\n").map((line) => line.split("\t"));
  return new Set(rows.flatMap(([name = "", , , enabled]) => (enabled === "0" ? [name] : [])));
}

/** cgroup v1: each controller is mounted with its name as an option. */
function mountedControllers(root: string): readonly string[] {
  return (readText(`${root}proc/self/mountinfo`) ?? "")
    .split("\n")
    .flatMap((line) => / - cgroup \S+ (\S+)$/.exec(line)?.[1]?.split(",") ?? []);
}
