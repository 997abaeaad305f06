/** Process groups that run() has started and that have not ended. */
const groups = new Set<number>();

/** Ends a whole process group at once. */
export function endTree(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Remembers a group while it runs, so that an interrupted command leaves no process behind. */
export function track(pid: number | undefined): Disposable {
  if (pid !== undefined) groups.add(pid);
  return {
    [Symbol.dispose]() {
      if (pid !== undefined) groups.delete(pid);
    },
  };
}

/** Ends all that run() has started: for the handler of SIGINT and SIGTERM. */
export function endAll(): void {
  for (const pid of groups) endTree(pid);
}
