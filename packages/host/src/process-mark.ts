import { readlinkSync } from "node:fs";
import { isRunning, processStat } from "@k3s-lab/exec";

/**
 * Names this process by its number and the time when it started: "4711-8812345". No such name ever means a second process, so
 * what a killed one has left is recognized after its number was given to another.
 */
export function processMark(): string {
  return `${process.pid}-${startOf(process.pid)}`;
}

/** Tells whether the process with a mark still runs. */
export function isMarkRunning(mark: string): boolean {
  const [pid, start = ""] = mark.split("-", 2);
  return isRunning(Number(pid)) && startOf(Number(pid)) === start;
}

/** Names the processes that this one can see: those of a container have numbers of their own. Empty without Linux. */
export function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "";
  } catch {
    return "";
  }
}

/** Returns when a process started; empty where the system does not report it. */
function startOf(pid: number): string {
  return processStat(pid)?.start ?? "";
}
