import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Process groups that run() has started and that have not ended. */
const groups = new Set<number>();

/**
 * Ends a process that run() has started with everything it started. A group alone is not enough: what calls run() itself
 * puts its children into groups of their own. Each process is stopped before its children are listed, so that none
 * can start another one unseen. A daemon, which has left its parent, is not of the tree.
 */
export function endTree(pid: number | undefined): void {
  if (pid === undefined) return;
  const tree = new Set([pid]);
  send(-pid, "SIGSTOP");
  for (let size = 0; size < tree.size;) {
    size = tree.size;
    for (const child of childrenOf(tree)) {
      tree.add(child);
      send(child, "SIGSTOP");
    }
  }
  send(-pid, "SIGKILL");
  for (const member of tree) send(member, "SIGKILL");
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
  for (const pid of groups) endTree(pid);
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

function childrenOf(parents: ReadonlySet<number>): readonly number[] {
  return processes()
    .filter(({ pid, parent }) => parents.has(parent) && !parents.has(pid))
    .map(({ pid }) => pid);
}

function processes(): readonly { readonly pid: number; readonly parent: number }[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), parent: parentOf(name) }));
  }
  if (process.platform === "win32") return [];
  return execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => {
      const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
      return { pid, parent };
    });
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0; // Ended in the meantime.
  }
}
