import { existsSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeForCaller } from "./caller.js";
import { Problem } from "@k3s-lab/problem";
import { isMarkRunning, processMark } from "./process-mark.js";
import { readText } from "./read-text.js";

/** How often, and up to how many milliseconds apart, two takers that have met retry before one is refused. */
const attempts = 6;
const pause = 40;
/** How often other takers may remove the lock's folder before a taker suspects another cause. */
const mostRemovals = 100;

/**
 * Lets one command at a time work on what a folder stands for. Each taker puts a file of its own into the lock's folder
 * and then looks for others: of two at once at least one sees the other and steps back. A file is named after its
 * process and the time when that started, so a file that a killed command left is recognized, whatever it holds, and
 * any taker can remove it without taking the lock from another: no name ever means a second process. Throws a Problem
 * that names the holder.
 */
export function takeLock(path: string, command: string): Disposable {
  const own = processMark();
  for (let attempt = 1; ; attempt++) {
    if (!claim(path, own, command)) throw refusal(path, own);
    const [other] = othersIn(path, own);
    if (other === undefined) return { [Symbol.dispose]: () => release(path, own) };
    // The other's name has to be read before it goes.
    const refused = refusal(path, other);
    release(path, own);
    if (attempt === attempts) throw refused;
    sleep(Math.ceil(Math.random() * pause));
  }
}

/** Writes down that a command is at what a folder stands for, beside others; forgotten when it ends, however it ends. */
export function takePart(path: string, command: string): Disposable {
  const own = processMark();
  claim(path, own, command);
  return { [Symbol.dispose]: () => release(path, own) };
}

/** Tells who else is at what a folder stands for: "push (process 4711)". */
export function participants(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const others = othersIn(path, processMark());
  return others.map((name) => `${commandOf(path, name)} (process ${name.split("-")[0]})`);
}

function claim(path: string, own: string, command: string): boolean {
  for (let attempt = 1; ; attempt++) {
    try {
      makeForCaller(path);
      writeFileSync(join(path, own), `${command}\n`, { flag: "wx" });
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return false; // This process has it already.
      // The last holder may remove the folder while it is made, and between the two.
      if (code !== "ENOENT" || attempt === mostRemovals) throw error;
    }
  }
}

function release(path: string, own: string): void {
  rmSync(join(path, own), { force: true });
  try {
    rmdirSync(path);
  } catch {
    // Another claim is in it, or the whole lab is gone.
  }
}

function othersIn(path: string, own: string): readonly string[] {
  return readdirSync(path).filter((name) => {
    if (name === own) return false;
    if (isMarkRunning(name)) return true;
    rmSync(join(path, name), { force: true, recursive: true });
    return false;
  });
}

function refusal(path: string, holder: string): Problem {
  return new Problem(
    "LAB-HST-007",
    dirname(path),
    `${commandOf(path, holder)} is at work here (process ${holder.split("-")[0]})`,
    {
      remedy: "Wait for it to end, or interrupt it with Ctrl-C.",
    },
  );
}

function commandOf(path: string, holder: string): string {
  return readText(join(path, holder))?.trim() || "another command";
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
