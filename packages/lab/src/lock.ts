import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { giveToCaller } from "./caller.js";
import { Problem } from "./problem.js";

/**
 * Lets one command at a time change a lab. The lock names its holder, so that what a killed command left is seen at
 * once: no time has to pass before the next run may begin.
 */
export function takeLock(path: string, command: string): Disposable {
  if (mkdirSync(dirname(path), { recursive: true }) !== undefined) giveToCaller(dirname(path));
  for (;;) {
    try {
      const file = openSync(path, "wx", 0o644);
      writeSync(file, `${process.pid} ${startOf(process.pid)} ${command}\n`);
      closeSync(file);
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const [pid = "", start = "", holder = "another command"] = readFileSync(path, "utf8").trim().split(" ");
    if (isRunning(Number(pid), start)) {
      throw new Problem(dirname(path), `${holder} is at work on this lab (process ${pid})`, {
        remedy: "Wait for it to end, or interrupt it with Ctrl-C.",
      });
    }
    rmSync(path, { force: true });
  }
}

function isRunning(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH" || !Number.isInteger(pid)) return false;
  }
  // The number may belong to another process by now.
  return startOf(pid) === start;
}

/** When a process started, in clock ticks since boot; "-" where the system does not say. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "-";
  } catch {
    return "-";
  }
}
