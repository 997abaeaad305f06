import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { followOwner, isRunning, processStat } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("exec process stat");

/** Starts a program that ends at once, and whose parent never waits for it. */
async function startZombie() {
  const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  while (processStat(pid)?.state !== "Z") await new Promise((resolve) => void setTimeout(resolve, 5));
  return { pid, [Symbol.dispose]: () => void parent.kill() };
}

test("a process is running, whichever user owns it", () => {
  assert.ok(isRunning(process.pid));
  assert.ok(isRunning(1));
  assert.is(processStat(process.pid)?.parent, process.ppid);
});

test("what has ended is not, nor is what no process can be", () => {
  const { pid } = spawnSync("true");
  for (const each of [pid, 0, -1, 1.5, Number.NaN]) assert.not(isRunning(each));
  assert.is(processStat(pid), undefined);
});

test("what has ended and was not waited for is not running", async () => {
  using zombie = await startZombie();
  assert.ok(process.kill(zombie.pid, 0));
  assert.not(isRunning(zombie.pid));
});

test("a stage ends with its command, even if that is never reaped", async () => {
  using zombie = await startZombie();
  const ended = once(process, "SIGTERM", { signal: AbortSignal.timeout(5000) });
  followOwner({ K3S_LAB_OWNER: String(zombie.pid) });
  await ended;
});

test.run();
