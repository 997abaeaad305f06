import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { hasNotEntered } from "../../../src/drivers/lxc/attach.js";
import {
  attachCommand,
  type Command,
  fromFile,
  startCommand,
  withoutTerminal,
  writeArgv,
} from "../../../src/drivers/lxc/commands.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string }>("machines lxc commands");
const runIt = ([program, ...args]: Command, input?: string) =>
  run(program, args, { answers: "any", ...(input === undefined ? {} : { input }) });

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-commands-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("a machine is named by its lab's folder", () => {
  assert.equal(startCommand("0123ab", "multi").slice(0, 6), [
    "lxc-start",
    "-n",
    "multi",
    "-P",
    "/var/lib/k3s-lab/0123ab/machines",
    "-d",
  ]);
});

test("of variables, only names are arguments", () => {
  const command = attachCommand("0123ab", "multi", ["sh", "-c", "x"], { keep: ["TOKEN"], cwd: "/srv" });
  assert.ok(command.join(" ").includes("--clear-env"));
  assert.ok(command.join(" ").includes("--keep-var TOKEN"));
  assert.equal(command.slice(-7), ["--", "env", "--chdir=/srv", "--", "sh", "-c", "x"]);
});

test("a file is replaced at once, with its mode, and folders on the way are made", async ({ dir }) => {
  const file = join(dir, "a folder/file");
  const [program = "", ...args] = writeArgv(file, 0o640);
  await runIt([program, ...args], "first");
  const before = statSync(file);
  await runIt([program, ...args], "second");
  assert.is(readFileSync(file, "utf8"), "second");
  assert.is(statSync(file).mode & 0o777, 0o640);
  assert.is.not(statSync(file).ino, before.ino);
  assert.equal(readdirSync(join(dir, "a folder")), ["file"]);
});

test("a file that cannot be written to its end leaves nothing behind", async ({ dir }) => {
  const limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"] as const;
  const { exitCode } = await runIt([...limited, ...writeArgv(join(dir, "x"), 0o640)], "x".repeat(100_000));
  assert.is.not(exitCode, 0);
  assert.equal(readdirSync(dir), []);
});

test("what is in a file of the host becomes standard input, not the file itself", async () => {
  const { stdout } = await runIt(fromFile("/proc/self/comm", ["sh", "-c", "[ -p /dev/stdin ] && cat"]));
  assert.is(stdout, "cat");
  const { exitCode, stderr } = await runIt(fromFile("/none", ["cat"]));
  assert.equal([exitCode, stderr], [1, "/none: cannot be read"]);
});

test("without a terminal, streams and exit code stay what they are", async () => {
  const command = withoutTerminal(["sh", "-c", "cat; echo wrong >&2; exit 7"]);
  assert.equal(await runIt(command, "in"), { exitCode: 7, stdout: "in", stderr: "wrong" });
});

test("lxc-attach's own failure is not taken for the program's", () => {
  const own = `lxc-attach: multi: ../src/lxc/attach.c: get_attach_context: 406 Connection refused - Failed to get init pid
lxc-attach: multi: ../src/lxc/attach.c: lxc_attach: 1470 Connection refused - Failed to get attach context`;
  assert.ok(hasNotEntered("multi", { exitCode: 1, stderr: own }));
  assert.not.ok(hasNotEntered("multi", { exitCode: 1, stderr: "grep: no such file" }));
  assert.not.ok(hasNotEntered("multi", { exitCode: 3, stderr: own }));
  assert.not.ok(hasNotEntered("agent1", { exitCode: 1, stderr: own }));
});

test.run();
