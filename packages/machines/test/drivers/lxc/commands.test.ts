import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import type { Command } from "../../../src/drivers/enter.js";
import { hasNotEntered } from "../../../src/drivers/lxc/attach.js";
import { attachCommand, withFile, startCommand, withoutTerminal } from "../../../src/drivers/lxc/commands.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines lxc commands");
const runIt = ([program, ...args]: Command, input?: string) =>
  run(program, args, { answers: "any", ...(input === undefined ? {} : { input }) });

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

test("a file of the host is a descriptor beside the streams, whose mode lxc-attach changes", async () => {
  const script = "readlink /proc/self/fd/3; cat <&3";
  const { stdout } = await runIt(withFile("/etc/hostname", ["sh", "-c", script]));
  const [file, ...content] = stdout.split("\n");
  assert.is(file, "/etc/hostname");
  assert.is(content.join("\n"), readFileSync("/etc/hostname", "utf8").trimEnd());
  const { exitCode, stderr } = await runIt(withFile("/none", ["cat"]));
  assert.equal([exitCode, stderr], [1, "/none: cannot be read"]);
});

test("without a terminal, streams and exit code stay what they are", async () => {
  const command = withoutTerminal(["sh", "-c", "cat; echo wrong >&2; exit 7"]);
  assert.equal(await runIt(command, "in"), { exitCode: 7, stdout: "in", stderr: "wrong" });
  // By ssh without a terminal, bash would take its input for a login, and read a file of the caller's.
  const home = mkdtempSync(join(tmpdir(), "k3s-lab-bash-"));
  writeFileSync(join(home, ".bashrc"), "echo read\n");
  const [program, ...args] = command;
  const seen = await run(program, args, { answers: "any", input: "in", env: { HOME: home, SHLVL: "0" } });
  assert.is(seen.stdout, "in");
  rmSync(home, { recursive: true });
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
