import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a machine's cgroup counts its CPU time: the controller of version 1 under both of its names, then version 2. */
const counters = [
  { mount: "/sys/fs/cgroup/cpuacct", file: "cpuacct.usage", perSecond: 1e9 },
  { mount: "/sys/fs/cgroup/cpu,cpuacct", file: "cpuacct.usage", perSecond: 1e9 },
  { mount: "/sys/fs/cgroup", file: "cpu.stat", perSecond: 1e6 },
  { mount: "/sys/fs/cgroup/unified", file: "cpu.stat", perSecond: 1e6 },
] as const;

/** Reads the CPU seconds that each machine of a lab has used since it was started; one that does not run is left out. */
export function machineCpu(labId: string, machines: readonly string[]): Readonly<Record<string, number>> {
  const used = machines.flatMap((name) => {
    const seconds = counterOf(labId, name);
    return seconds === undefined ? [] : [[name, seconds] as const];
  });
  return Object.fromEntries(used);
}

function counterOf(labId: string, machine: string): number | undefined {
  for (const { mount, file, perSecond } of counters) {
    try {
      const text = readFileSync(join(mount, `k3s-lab-${labId}`, machine, file), "utf8");
      // "usage_usec 1234" among other lines, or the number alone.
      const [, count] = /(?:^|usage_usec )(\d+)$/m.exec(text) ?? [];
      if (count !== undefined) return Number(count) / perSecond;
    } catch {
      // Not this hierarchy.
    }
  }
  return undefined;
}
