import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { running } from "./fixtures/running.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("exec interruption");
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));

/** A command in a process of its own, and its output. */
function start(name: string, ...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", fixture(name), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const pids: number[] = [];
  const startedPids = async (count: number) => {
    while (pids.length < count) pids.push(Number(((await lines.next()).value as string).split(" ")[1]));
    return pids;
  };
  return { child, lines, startedPids };
}

const ended = async (child: ChildProcess) =>
  (child.exitCode ?? child.signalCode ?? (await once(child, "exit"))[0]) as number;
const stillRunning = (pids: readonly number[]) => running().filter(({ pid }) => pids.includes(pid));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal}, even twice at once, ends every program and lets the command tidy up`, async () => {
    const { child, lines, startedPids } = start("interrupted");
    const pids = await startedPids(2);
    child.kill(signal);
    child.kill(signal);
    assert.is((await lines.next()).value, "tidied true");
    assert.is(await ended(child), 130);
    assert.equal(stillRunning(pids), []);
  });
}

test("a second Ctrl-C ends a command whose tidying up takes too long, and its programs", async () => {
  const { child, startedPids } = start("interrupted", "stubborn");
  await startedPids(2);
  child.kill("SIGINT");
  const pids = await startedPids(3);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  child.kill("SIGINT");
  assert.is(await ended(child), 130);
  assert.equal(stillRunning(pids), []);
});

test("Ctrl-C is for the program that has the terminal, however often; its exit code is kept", async () => {
  const { child, lines, startedPids } = start("foreground");
  const [shell = 0] = await startedPids(1);
  child.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  child.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.kill(shell, "SIGUSR1");
  assert.is((await lines.next()).value, "ended 7 false");
  assert.is(await ended(child), 0);
});

test("SIGTERM ends the program that has the terminal, too", async () => {
  const { child, lines, startedPids } = start("foreground");
  const pids = await startedPids(1);
  child.kill("SIGTERM");
  assert.is((await lines.next()).value, "ended 137 true");
  await ended(child);
  assert.equal(stillRunning(pids), []);
});

test.run();
