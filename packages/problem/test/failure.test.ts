import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { errors, exitCode, failureOf, messageOf, Problem } from "../src/index.js";

const test = suite("problem failure");
const lacking = new Problem("LAB-HST-004", "host", "lacks skopeo", { remedy: "Install it." });

test("a Problem is one line: subject, what is wrong, what to do, and its id", () => {
  assert.is(lacking.message, "host: lacks skopeo. Install it. [LAB-HST-004]");
  assert.is(new Problem("LAB-RUN-001", "sh", "ended.").message, "sh: ended. [LAB-RUN-001]");
  assert.is(lacking.exitCode, errors["LAB-HST-004"].exitCode);
  assert.is(new Problem("LAB-HST-004", "host", "lacks it", { exitCode: 1 }).exitCode, 1);
});

test("a failure has the Problem's id and exit code", () => {
  assert.equal(failureOf(lacking), { message: lacking.message, id: "LAB-HST-004", exitCode: exitCode.hostLacks });
});

test("a Problem of another copy of this package is one, too", () => {
  const copy = Object.assign(new Error("host: lacks skopeo. [LAB-HST-004]"), { id: "LAB-HST-004", exitCode: 3 });
  assert.equal(failureOf(copy), { message: copy.message, id: "LAB-HST-004", exitCode: exitCode.hostLacks });
  assert.match(failureOf(Object.assign(new Error("x"), { id: "E-1", exitCode: 3 })).message, "a defect of k3s-lab");
});

test("of several, all are told, and the first decides", () => {
  const several = new AggregateError([lacking, new Problem("LAB-RUN-001", "sh", "ended")]);
  assert.equal(failureOf(several), {
    message: `${lacking.message}\nsh: ended. [LAB-RUN-001]`,
    id: "LAB-HST-004",
    exitCode: exitCode.hostLacks,
  });
});

test("what a file system refuses is no defect, and is told with its path", () => {
  const refused = (make: () => unknown) => {
    try {
      make();
    } catch (error) {
      return failureOf(error);
    }
    throw new Error("was not refused");
  };
  const [folder, file] = [mkdtempSync(join(tmpdir(), "k3s-lab-")), "file"];
  try {
    writeFileSync(join(folder, file), "");
    const inside = join(folder, file, "inside");
    assert.equal(
      refused(() => mkdirSync(inside)),
      {
        message: `${inside}: cannot be used (ENOTDIR: mkdir). Look at what is at that path, and remove what does not belong there. [LAB-FIL-004]`,
        id: "LAB-FIL-004",
        exitCode: exitCode.failed,
      },
    );
    assert.is(refused(() => readFileSync(folder)).id, "LAB-FIL-004");
    if (existsSync("/dev/full")) {
      assert.match(refused(() => writeFileSync("/dev/full", "x")).message, /: the disk is full \(ENOSPC: write\)\. /);
    }
    if (process.getuid?.() === 0) assert.match(refused(() => writeFileSync("/proc/version", "x")).message, /LAB-FIL/);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const of = (code: string, syscall: string) => failureOf(Object.assign(new Error(code), { code, syscall })).id;
  assert.is(of("EACCES", "open"), "LAB-FIL-001");
  assert.is(of("ENOSPC", "write"), "LAB-FIL-002");
  assert.is(of("ENOSPC", "watch"), "LAB-FIL-003");
  assert.is(of("EROFS", "open"), "LAB-FIL-001");
  // As Node 20 answers to mkdirSync(..., { recursive: true }) on a read-only file system.
  assert.is(of("ENOENT", "mkdir"), "LAB-FIL-001");
  // A file that is not there was expected to be: that is a defect. So is a program or a connection that is refused here.
  for (const [code, syscall] of [
    ["ENOENT", "open"],
    ["EACCES", "spawn ip"],
    ["EACCES", "connect"],
  ] as const) {
    assert.is(of(code, syscall), undefined, `${code} ${syscall}`);
  }
});

test("an unexpected error is one line that says how to see more; then it is shown with its cause", () => {
  const error = new TypeError("x is undefined", { cause: new Error("the cause") });
  const line = "x is undefined (unexpected: a defect of k3s-lab; K3S_LAB_DEBUG=1 shows where)";
  assert.is(messageOf(error, {}), line);
  assert.is(messageOf(new AggregateError([lacking, error]), {}), `${lacking.message}\n${line}`);
  assert.match(messageOf("thrown text", {}), /^thrown text \(unexpected/);
  const all = messageOf(error, { K3S_LAB_DEBUG: "1" });
  assert.match(all, /^TypeError: x is undefined\n +at .*failure\.test\.ts/);
  assert.match(all, /\nbecause of Error: the cause\n +at /);
  assert.is(failureOf(error).exitCode, exitCode.failed);
  assert.is(failureOf(error).id, undefined);
});

test.run();
