import { CommandFailed, passThrough, run } from "../src/index.js";
import { running } from "./fixtures/running.js";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("exec run");
const named = (command: string) => running().filter(({ args }) => args === command);

/** What is left of a program that was ended; SIGKILL takes its moment on a busy machine. */
async function remaining(command: string): Promise<unknown> {
  const deadline = Date.now() + 5000;
  while (named(command).length > 0 && Date.now() < deadline) await setTimeout(10);
  return named(command);
}

async function failure(promise: Promise<unknown>): Promise<CommandFailed> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CommandFailed) return error;
    throw error;
  }
  throw new Error("expected a failure");
}

test("returns what the program printed", async () => {
  const result = await run("sh", ["-c", "cat; echo err >&2"], { input: "hello" });
  assert.equal(result, { exitCode: 0, stdout: "hello", stderr: "err" });
});

test("a file gets all that the program prints, however much it is", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-run-"));
  const outputFile = join(dir, "out");
  const size = 70 * 1024 * 1024;
  const result = await run("sh", ["-c", `head -c ${size} /dev/zero; echo err >&2`], { outputFile });
  assert.equal(result, { exitCode: 0, stdout: "", stderr: "err" });
  assert.is(statSync(outputFile).size, size);
  rmSync(dir, { recursive: true });
});

test("lines are told by their stream, and are not kept where they are for the listener alone, however many", async () => {
  const seen = { stdout: 0, stderr: 0 };
  const script = "head -c 70000000 /dev/zero | tr '\\0' 'y' | fold -w 999; echo err >&2";
  const onLine = (_: string, from: "stdout" | "stderr") => void seen[from]++;
  const result = await run("sh", ["-c", script], { onLine, onlyLines: true });
  assert.equal(result, { exitCode: 0, stdout: "", stderr: "err" });
  assert.equal(seen, { stdout: Math.ceil(70_000_000 / 999), stderr: 1 });
});

test("writes to a program what comes while it runs, and closes its input after the last", async () => {
  const stdin = new PassThrough();
  const onLine = (line: string) => {
    if (line === "ready") stdin.write("go\n");
    if (line === "go") stdin.end();
  };
  const script = 'echo ready; read -r word; echo "$word"; read -r word || echo over';
  const talk = run("sh", ["-c", script], { inputStream: stdin, onLine });
  assert.is((await talk).stdout, "ready\ngo\nover");
});

test("hands on the environment and what is added to it", async () => {
  const { stdout } = await run("sh", ["-c", 'echo "$HOME $ADDED"'], { env: { ADDED: "yes" } });
  assert.is(stdout, `${process.env.HOME} yes`);
});

test("an exit code that is an answer is no failure", async () => {
  assert.is((await run("sh", ["-c", "exit 3"], { answers: [0, 3] })).exitCode, 3);
  assert.is((await run("sh", ["-c", "exit 9"], { answers: "any" })).exitCode, 9);
});

test("a failure names the program and its last lines, never its arguments or secrets", async () => {
  const error = await failure(run("sh", ["-c", "echo bad token-123 >&2; exit 4"], { secrets: ["token-123"] }));
  assert.is(error.exit, 4);
  assert.is(error.message, "sh: ended with exit code 4:\nbad [redacted]. [LAB-RUN-001]");
});

test("a missing program is named", async () => {
  const error = await failure(run("no-such-program", []));
  assert.is(error.message, "no-such-program: is not installed or not on PATH. [LAB-RUN-001]");
});

test("a program that a signal ends is told from one that was ended here", async () => {
  const end = async (line: string, timeout = 5000) => {
    const { exit, signal, wasKilled } = await failure(run("sh", ["-c", line], { timeout }));
    return { exit, signal, wasKilled };
  };
  assert.equal(await end("kill -ABRT $$"), { exit: undefined, signal: "SIGABRT", wasKilled: true });
  assert.equal(await end("sh -c 'kill -ABRT $$'; exit $?"), { exit: 134, signal: undefined, wasKilled: true });
  assert.equal(await end("exit 1"), { exit: 1, signal: undefined, wasKilled: false });
  assert.equal(await end("sleep 9", 50), { exit: undefined, signal: undefined, wasKilled: false });
});

test("a program on the caller's terminal is started where and with what it is told; its end becomes an exit code", async () => {
  const script = 'test "$PWD $ADDED" = "/ yes" && test -n "$HOME" && exit 7';
  assert.is(await passThrough("sh", ["-c", script], { cwd: "/", env: { ADDED: "yes" } }), 7);
  assert.is(await passThrough("sh", ["-c", "kill -TERM $$"]), 143);
  const { message } = await failure(passThrough("k3s-lab-no-such-program", []));
  assert.match(message, "k3s-lab-no-such-program: is not installed or not on PATH");
  const tooLong = "x".repeat(1 << 20);
  assert.match((await failure(passThrough("sh", ["-c", tooLong]))).message, "sh: could not be run");
});

test("a timeout ends the whole tree", async () => {
  const marker = `sleep 61.${process.pid}`;
  const error = await failure(run("sh", ["-c", `${marker} & ${marker}; true`], { timeout: 200 }));
  assert.match(error.message, "took longer than 0.2 s");
  assert.equal(await remaining(marker), []);
});

test("a daemon that is leaving while the tree is ended is ended, or goes on: it is never left stopped", async () => {
  const marker = `daemon ${process.pid}`;
  // Each leaves its parent and then its group, as daemons do, and ends by itself.
  const program = `
    while (1) {
      my $child = fork;
      if ($child == 0) {
        if (fork == 0) { POSIX::setsid(); $0 = "${marker}"; select undef, undef, undef, 0.5; POSIX::_exit(0) }
        POSIX::_exit(0);
      }
      waitpid $child, 0;
    }`;
  for (let round = 0; round < 30; round++) {
    await run("perl", ["-MPOSIX", "-e", program], { timeout: 60 + round * 3 }).catch(() => {});
    const left = running().filter(({ args, state }) => args.includes(marker) && state === "T");
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    assert.equal(left, [], `round ${round}`);
  }
});

test("a signal ends the whole tree", async () => {
  const controller = new AbortController();
  void setTimeout(100).then(() => controller.abort());
  const error = await failure(run("sleep", ["60"], { signal: controller.signal }));
  assert.match(error.message, "was interrupted");
});

test("lines come as they are printed, without secrets", async () => {
  const lines: string[] = [];
  await run("sh", ["-c", "echo one; echo the-secret >&2"], {
    onLine: (line) => lines.push(line),
    secrets: ["the-secret"],
  });
  assert.equal(lines.toSorted(), ["[redacted]", "one"]);
});

test("no line comes after the result", async () => {
  const lines: string[] = [];
  await run("sh", ["-c", "seq 20000"], { onLine: (line) => lines.push(line) });
  assert.is(lines.length, 20_000);
});

test("a timeout also ends children in groups of their own, and what they started", async () => {
  const marker = `sleep 62.${process.pid}`;
  // setsid(1) forks only as the leader of a group; behind sh it stays a child in a session of its own.
  const script = `sh -c 'setsid sh -c "${marker}; true" & wait'; true`;
  await failure(run("sh", ["-c", script], { timeout: 400 }));
  assert.equal(await remaining(marker), []);
});

test("a daemon that holds the output does not hold up the result", async () => {
  const script = `(setsid sleep 63.${process.pid} &) ; echo said; exit 3`;
  const result = await run("sh", ["-c", script], { answers: "any", timeout: 30_000 });
  assert.equal(result, { exitCode: 3, stdout: "said", stderr: "" });
  for (const { pid } of named(`sleep 63.${process.pid}`)) process.kill(pid);
});

test.run();
