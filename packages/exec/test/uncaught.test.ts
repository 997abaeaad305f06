// Each case is a process of its own, because each of them ends it: of the built code, which starts in a third of the time.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isRunning } from "../src/process-stat.js";
import { run } from "../src/run.js";

const test = suite("exec uncaught");
const built = new URL("../dist/", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "k3s-lab-"));
test.after(() => rmSync(folder, { recursive: true }));

/** Runs a program that has called tellUncaught(), by a shell's words around it. */
function runProgram(body: string, { around = "$0 $1", env = {} }: { around?: string; env?: NodeJS.ProcessEnv } = {}) {
  const file = join(folder, "program.mjs");
  writeFileSync(
    file,
    `import { run, tellUncaught } from ${JSON.stringify(`${built}index.js`)};\ntellUncaught();\n${body}`,
  );
  const options = { env: { K3S_LAB_DEBUG: undefined, NODE_OPTIONS: undefined, ...env }, answers: "any" } as const;
  return run("bash", ["-c", around.replace("$0 $1", `${process.execPath} ${file}`)], options);
}

const defect = "late (unexpected: a defect of k3s-lab; K3S_LAB_DEBUG=1 shows where)";

test("what nobody has caught is a sentence, and ends with 1", async () => {
  for (const body of [
    'setTimeout(() => { throw new Error("late"); }, 1);',
    'void Promise.reject(new Error("late"));',
    'void Promise.reject("late");',
    'throw new Error("late");',
  ]) {
    const { exitCode, stdout, stderr } = await runProgram(`${body} setTimeout(() => {}, 60_000);`);
    assert.equal({ exitCode, stdout, stderr }, { exitCode: 1, stdout: "", stderr: defect }, body);
  }
});

test("with K3S_LAB_DEBUG its stack is shown", async () => {
  const { exitCode, stderr } = await runProgram('void Promise.reject(new Error("late"));', {
    env: { K3S_LAB_DEBUG: "1" },
  });
  assert.is(exitCode, 1);
  assert.match(stderr, /^Error: late\n {4}at /);
});

test("what was started is ended with it", async () => {
  const { exitCode, stdout } = await runProgram(`
    void run("sh", ["-c", "echo $$; exec sleep 60"], { onLine: (line) => { console.log(line); setTimeout(() => { throw new Error("late"); }); } });
  `);
  assert.is(exitCode, 1);
  assert.match(stdout, /^\d+$/);
  assert.not.ok(isRunning(Number(stdout)));
});

test("a reader that has gone ends it without a word", async () => {
  const lines = 'for (let line = 0; line < 100_000; line++) console.log("line", line); setTimeout(() => {}, 60_000);';
  const { stdout, stderr } = await runProgram(lines, {
    around: '$0 $1 | head -n 1; echo "ended with ${PIPESTATUS[0]}"',
  });
  assert.is(stdout, "line 0\nended with 141");
  assert.is(stderr, "");
});

test("a full disk is told", async () => {
  if (!existsSync("/dev/full")) return;
  const { exitCode, stderr } = await runProgram('console.log("x");', { around: "$0 $1 > /dev/full" });
  assert.is(exitCode, 1);
  assert.is(
    stderr,
    "file system: the disk is full (ENOSPC: write). Make room on the disk that `df -h` shows as full, then run the command again. [LAB-FIL-002]",
  );
});

test("Node's own warnings are for those who look for a defect", async () => {
  const warn = 'process.emitWarning("old", "DeprecationWarning"); process.emitWarning("new", "ExperimentalWarning");';
  assert.is((await runProgram(warn)).stderr, "");
  assert.match((await runProgram(warn, { env: { K3S_LAB_DEBUG: "1" } })).stderr, /DeprecationWarning: old/);
});

test.run();
