import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The hierarchies that the machines' processes are listed in: one of version 1, or version 2. */
const hierarchies = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"] as const;

/**
 * Reads the memory of all processes of each machine of a lab, in bytes of PSS: a page that several have in common, as the machines have
 * K3s' program, counts for each by its share. A machine that does not run is left out.
 */
export function machineMemory(
  labId: string,
  machines: readonly string[],
  mounts: readonly string[] = hierarchies,
  memoryOf: (pid: number) => number = pssOf,
): Readonly<Record<string, number>> {
  const mount = mounts.find((each) => isFolder(join(each, `k3s-lab-${labId}`)));
  if (mount === undefined) return {};
  const seen = machines.flatMap((name) => {
    const folder = join(mount, `k3s-lab-${labId}`, name);
    if (!isFolder(folder)) return [];
    const bytes = processesIn(folder).reduce((sum, pid) => sum + memoryOf(pid), 0);
    return [[name, bytes] as const];
  });
  return Object.fromEntries(seen);
}

/** Lists the processes of a cgroup and of those below it. */
function processesIn(folder: string): readonly number[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  return [...ownProcesses(folder), ...below.flatMap(({ name }) => processesIn(join(folder, name)))];
}

function ownProcesses(folder: string): readonly number[] {
  try {
    return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return []; // It has ended meanwhile, or holds threads.
  }
}

function pssOf(pid: number): number {
  try {
    const [, kilobytes = "0"] = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return 0; // It has ended meanwhile.
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
