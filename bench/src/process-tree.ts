import { readdirSync, readFileSync } from "node:fs";
import { processStat } from "@k3s-lab/exec";
import { groupOf, type ProcessGroup } from "./process-group.js";

/** What /proc tells of a process at one moment. */
export interface Seen {
  readonly pid: number;
  readonly group: ProcessGroup;
  /** Seconds of CPU, of the process itself. */
  readonly cpu: number;
  /** Bytes of memory: its own pages, and its share of those that it has in common with others (PSS). */
  readonly memory: number;
}

/** Looks at everything that descends from this process and is in no machine of a lab. */
export function lookAtTree(): readonly Seen[] {
  return descendants(process.pid).flatMap((pid) => {
    try {
      if (/k3s-lab-/.test(readFileSync(`/proc/${pid}/cgroup`, "utf8"))) return [];
      const group = groupOf(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"));
      const { own = 0 } = processStat(pid)?.cpu ?? {};
      const [, kilobytes = "0"] = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
      return [{ pid, group, cpu: own, memory: Number(kilobytes) * 1024 }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Returns the CPU seconds of all children of this process that have ended, with theirs that they have waited for. */
export function cpuOfEnded(): number {
  return processStat("self")?.cpu.waitedFor ?? 0;
}

function descendants(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** Each thread has children of its own. */
function childrenOf(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return lists.flatMap((list) => list.trim().split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
  }
}
