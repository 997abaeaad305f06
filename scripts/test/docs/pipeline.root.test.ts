// The order of examples/ci/Makefile, with a program in the place of k3s-lab that only tells what it is asked for.
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { eventually, isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../drive-lab.js";

const test = suite("examples/ci/Makefile");
// The runner installs make for tests of root alone.
const realTest = rootOnly("examples/ci/Makefile", test);

let dir: string;
let told: string;

const program = `#!/bin/sh
echo "$1" >>"$TOLD"
[ "$1" != "$HANGS" ] || exec sleep 60
[ "$1" != "$FAILS" ]
`;
const whole = ["fetch", "up", "push", "kubectl", "kubectl", "kubectl", "down"];

test.before(() => {
  if (!isRoot) return;
  dir = mkdtempSync(join(tmpdir(), "k3s-lab-pipeline-"));
  told = join(dir, "told");
  // Its image is made beside the Makefile.
  for (const name of ["ci", "hello"])
    cpSync(join(root, "examples", name), join(dir, "examples", name), { recursive: true });
  writeFileSync(join(dir, "k3s-lab"), program);
  chmodSync(join(dir, "k3s-lab"), 0o755);
});
test.before.each(() => writeFileSync(told, ""));
test.after(() => rmSync(dir, { recursive: true, force: true }));

const steps = () => readFileSync(told, "utf8").split("\n").slice(0, -1);
const argv = (args: readonly string[]) => ["-C", join(dir, "examples/ci"), `K3S_LAB=${join(dir, "k3s-lab")}`, ...args];
const env = { HANGS: "", FAILS: "", MAKEFLAGS: "", MAKELEVEL: "" };

async function make(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<number> {
  const { exitCode } = await run("make", argv(args), { env: { ...env, TOLD: told, ...variables }, answers: "any" });
  return exitCode ?? -1;
}

realTest("it goes from fetch to down", async () => {
  assert.is(await make([]), 0);
  assert.equal(steps(), whole);
  assert.ok(existsSync(join(dir, "examples/ci/hello-image/index.json")));
});

realTest("the order is the same with -j, for the targets that are named, too", async () => {
  assert.is(await make(["-j8"]), 0);
  assert.equal(steps(), whole);
  writeFileSync(told, "");
  assert.is(await make(["-j8", "test", "down"]), 0);
  assert.equal(steps(), whole);
});

for (const [what, args, variables, expected] of [
  ["the test", ["-j8", "CHECK=false"], {}, ["fetch", "up", "push", "kubectl", "kubectl", "down"]],
  ["push", [], { FAILS: "push" }, ["fetch", "up", "push", "down"]],
  ["up", [], { FAILS: "up" }, ["fetch", "up", "down"]],
  ["down", [], { FAILS: "down" }, whole],
] as const) {
  realTest(`the lab is removed and make fails where ${what} fails`, async () => {
    assert.is(await make(args, variables), 2);
    assert.equal(steps(), expected);
  });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  realTest(`the lab is removed after ${signal}`, async () => {
    const child = spawn("make", argv([]), {
      env: { ...process.env, ...env, TOLD: told, HANGS: "up" },
      detached: true,
      stdio: "ignore",
    });
    await eventually("up to hang", async () => steps().includes("up"));
    // As a terminal, or a runner that ends a job, does: to all of them.
    process.kill(-(child.pid ?? 0), signal);
    const [code] = (await once(child, "exit")) as [number | null];
    assert.is.not(code, 0);
    assert.equal(steps(), ["fetch", "up", "down"]);
  });
}

realTest("test alone leaves the lab as it is", async () => {
  assert.is(await make(["test"]), 0);
  assert.equal(steps(), whole.slice(0, -1));
});

test.run();
