import { readFileSync } from "node:fs";

/** What Linux reports about a process. */
export interface ProcessStat {
  /** One letter: "R" runs, "S" sleeps, "Z" has ended and was not waited for yet. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** When it started, in clock ticks since boot: with its number, it names one process for good. */
  readonly start: string;
  /** Seconds of CPU: its own, and those of the children that it has waited for, with theirs. */
  readonly cpu: { readonly own: number; readonly waitedFor: number };
}

/** What Linux counts CPU time in, wherever it tells it to programs. */
const ticksPerSecond = 100;

/** Reads a process' state from /proc; undefined where the process has ended, or the system has no /proc. */
export function processStat(pid: number | string): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", parent, group] = fields;
    // The name is the second field (proc_pid_stat(5)).
    const field = (number: number) => Number(fields[number - 3]);
    const cpu = {
      own: (field(14) + field(15)) / ticksPerSecond,
      waitedFor: (field(16) + field(17)) / ticksPerSecond,
    };
    return { state, parent: Number(parent), group: Number(group), start: fields[19] ?? "", cpu };
  } catch {
    return undefined;
  }
}

/**
 * Tells whether a process is running. A zombie, which has ended but which its parent never reaps (PID 1 of many containers
 * reaps none), keeps its number and does nothing.
 */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return !["Z", "X", "x"].includes(processStat(pid)?.state ?? "");
}
