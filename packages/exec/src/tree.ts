import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Process groups that run() has started and that have not ended. */
const groups = new Set<number>();

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/**
 * Ends a process that run() has started with everything it started: its group, and what descends from it, because what
 * calls run() itself puts its children into groups of their own. A daemon, which has left its parent and its group, is
 * not of the tree.
 */
export function endTree(pid: number | undefined): void {
  if (pid !== undefined) endTrees([pid]);
}

/**
 * From the leaders down: what is stopped starts nothing unseen while its children are listed. It is ended before they
 * are stopped, for whoever ends this process in the middle would leave it stopped for ever. Each is signalled by itself,
 * never a group as a whole: one that is just leaving would be stopped, not listed, not ended.
 */
function endTrees(leaders: readonly number[]): void {
  const tree = new Set<number>();
  for (let level = leaders; level.length > 0;) {
    for (const pid of level) {
      tree.add(pid);
      send(pid, "SIGSTOP");
    }
    const next = othersOf(tree, leaders);
    for (const pid of level) send(pid, "SIGKILL");
    level = next;
  }
}

/** Remembers a group while it runs, so that an interrupted command leaves no process behind. */
export function track(pid: number | undefined): Disposable {
  if (pid !== undefined) {
    // A detached child outlives this process unless it is ended; "exit" also comes after an uncaught error.
    if (groups.size === 0) process.on("exit", endAll);
    groups.add(pid);
  }
  return {
    [Symbol.dispose]() {
      if (pid === undefined) return;
      groups.delete(pid);
      if (groups.size === 0) process.off("exit", endAll);
    },
  };
}

/** Ends all that run() has started. */
export function endAll(): void {
  endTrees([...groups]);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone by itself, or another user's by now (a program that sudo started).
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** What is in a leader's group or descends from the tree, and is not in the tree yet. */
function othersOf(tree: ReadonlySet<number>, leaders: readonly number[]): readonly number[] {
  return processes()
    .filter(({ pid, parent, group }) => !tree.has(pid) && (leaders.includes(group) || tree.has(parent)))
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
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything.
    const [, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group) }];
  } catch {
    return []; // Ended in the meantime.
  }
}
