import type { SampledRun } from "./sample-tree.js";
import { mediansOf, sumOf } from "./statistics.js";

/** Returns CPU seconds by group; "unseen" is what no sample has shown, and what lxc-attach ran in a machine. */
export function cpuByGroup(runs: readonly SampledRun[]): Readonly<Record<string, number>> {
  return mediansOf(runs.map(({ cpu, all }) => ({ ...cpu, unseen: Math.max(0, all - sumOf(Object.values(cpu))) })));
}

/** Returns the most memory by group, in megabytes. */
export function memoryByGroup(runs: readonly SampledRun[]): Readonly<Record<string, number>> {
  const megabytes = ({ peak }: SampledRun) =>
    Object.fromEntries(Object.entries(peak).map(([group, bytes]) => [group, bytes / 1e6]));
  return mediansOf(runs.map(megabytes));
}
