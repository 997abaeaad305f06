import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { processStat } from "./process-stat.js";

/**
 * The trees of processes that run() starts. Each program leads a process group of its own, so that an ended command
 * leaves nothing behind. The group alone is not enough: what calls run() itself puts its children into groups of their
 * own, so a tree is the group and all that descends from it. A daemon, which has left both its parent and its group, is
 * not of the tree. A tree is ended from its leader down: a process that is stopped starts nothing unseen while its
 * children are listed, and it is killed before they are stopped, because whatever kills this process in the middle
 * would leave it stopped for ever. Each process is signalled by itself, never a group as a whole: a process that is
 * just leaving the group would be stopped, not listed, and not ended.
 */
const leaders = new Set<number>();

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** Ends a program that run() has started with everything that it has started. */
export function endTree(leader: number | undefined): void {
  if (leader !== undefined) endTrees([leader]);
}

function endTrees(ended: readonly number[]): void {
  const tree = new Set<number>();
  for (let level = ended; level.length > 0;) {
    for (const pid of level) {
      tree.add(pid);
      send(pid, "SIGSTOP");
    }
    const next = othersOf(tree, ended);
    for (const pid of level) send(pid, "SIGKILL");
    level = next;
  }
}

/** Remembers a program while it runs, for endAll(). */
export function track(pid: number | undefined): Disposable {
  if (pid !== undefined) {
    // A detached child outlives this process unless it is ended; "exit" also comes after an uncaught error.
    if (leaders.size === 0) process.on("exit", endAll);
    leaders.add(pid);
  }
  return {
    [Symbol.dispose]() {
      if (pid === undefined) return;
      leaders.delete(pid);
      if (leaders.size === 0) process.off("exit", endAll);
    },
  };
}

/** Ends every program that run() has started, with its tree. */
export function endAll(): void {
  endTrees([...leaders]);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended by itself, or runs as another user by now (a program that sudo started).
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** Finds what is in a leader's group or descends from the tree, and is not in the tree yet. */
function othersOf(tree: ReadonlySet<number>, groups: readonly number[]): readonly number[] {
  return processes()
    .filter(({ pid, parent, group }) => !tree.has(pid) && (groups.includes(group) || tree.has(parent)))
    .map(({ pid }) => pid);
}

function processes(): readonly Listed[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(listed);
  }
  if (process.platform === "win32") return [];
  return execFileSync("ps", ["-axo", "pid=,ppid=,pgid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => {
      const [pid = 0, parent = 0, group = 0] = line.trim().split(/\s+/).map(Number);
      return { pid, parent, group };
    });
}

function listed(pid: string): readonly Listed[] {
  const stat = processStat(pid);
  // Otherwise it has ended in the meantime.
  return stat === undefined ? [] : [{ pid: Number(pid), ...stat }];
}
