// What a person gets wrong in the first hour: one clear message, the right exit code, and nothing touched.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { asUser } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { commands } from "../src/commands.js";
import { root } from "./drive-lab.js";

const test = suite<{ dir: string }>("bad input");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-bad-")));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

/** Runs a script of the project as npm does for a person whose current folder this is. */
async function script(dir: string, name: string, args: readonly string[] = []) {
  const env = { INIT_CWD: dir, K3S_LAB_CONFIG: undefined, NO_COLOR: "1" };
  const program = join(root, "scripts/dist", `${name}.js`);
  return run(process.execPath, [program, ...args], { env, cwd: root, answers: "any" });
}

test("all that is wrong in lab.yaml is reported at once, with line and column, before anything is touched", async ({
  dir,
}) => {
  writeFileSync(
    join(dir, "lab.yaml"),
    [
      "nodes:",
      "  - { name: multi, role: server, address: 10.99.0.10 }",
      "  - { name: Agent_1 }",
      "  - { name: multi, address: 10.99.0.10 }",
      "network: { subnet: 10.99.0.0/24 }",
      "registy: { port: 5000 }",
      "cluster: { podCidr: 10.99.0.0/16, version: latest }",
      "",
    ].join("\n"),
  );
  for (const name of ["up", "plan", "fetch"]) {
    const { exitCode, stderr, stdout } = await script(dir, name);
    assert.is(exitCode, 2, stdout + stderr);
    for (const part of [
      /lab\.yaml:3:\d+: nodes\.1\.name: must be a DNS label/,
      /lab\.yaml:6:\d+: unknown key registy/,
      /lab\.yaml:7:\d+: cluster\.version/,
    ]) {
      assert.match(stderr, part);
    }
  }
  assert.not.ok(existsSync(join(dir, ".lab")));
});

test("a configuration that does not exist is named", async ({ dir }) => {
  const { exitCode, stderr } = await script(dir, "status", ["--config", "none.yaml"]);
  assert.is(exitCode, 2);
  assert.match(stderr, `${join(dir, "none.yaml")}: does not exist, though --config names it. [LAB-CFG-002]`);
});

test("commands that need a lab report that the folder has none", async ({ dir }) => {
  for (const [name, args] of [
    ["status", []],
    ["kubectl", ["get", "nodes"]],
    ["push", ["hello.tar"]],
  ] as const) {
    const { exitCode, stderr } = await script(dir, name, args);
    assert.is(exitCode, 1, name);
    assert.is(stderr, `${join(dir, ".lab")}: there is no lab yet. Run \`npm run lab:up\` first. [LAB-CLI-003]`, name);
  }
  const { stdout } = await script(dir, "status", ["--json"]);
  assert.equal(JSON.parse(stdout), { name: "k3s-lab", state: "absent" });
  assert.not.ok(existsSync(join(dir, ".lab")));
});

test("an unknown flag and a missing operand show how the command is used", async ({ dir }) => {
  const { exitCode, stderr } = await script(dir, "up", ["--jsn"]);
  assert.is(exitCode, 2);
  assert.match(
    stderr,
    /^npm run lab:up: unknown option '--jsn' .*, expected: npm run lab:up -- \[--config FILE\] \[--json\]/,
  );
  const push = await script(dir, "push");
  assert.is(push.exitCode, 2);
  assert.match(
    push.stderr,
    "npm run push: missing required argument 'IMAGE', expected: npm run push -- [--config FILE]",
  );
});

test("a foreign cluster is guarded on purpose only, and one that does not answer is reported", async ({ dir }) => {
  const guard = (...args: readonly string[]) => script(dir, "guard", args);
  const unnamed = await guard();
  assert.is(unnamed.exitCode, 2);
  assert.match(unnamed.stderr, "npm run guard: expected --kubeconfig FILE, seen none");
  const missing = await guard("--kubeconfig", "none");
  assert.is(missing.exitCode, 2);
  assert.match(missing.stderr, `${join(dir, "none")}: does not exist, expected a kubeconfig.`);
  for (const [args, part] of [
    [["--plan", "--status"], "expected one of --plan and --status, seen all."],
    [["--remove", "--save", "x"], "expected one of --save and --remove, seen all."],
    [["--exit-code"], "--exit-code is about --plan, which is missing."],
    [["--plain-http"], "--plain-http is about the registry of --image, which is missing."],
  ] as const) {
    const { exitCode, stderr } = await guard("--kubeconfig", "none", ...args);
    assert.is(exitCode, 2);
    assert.match(stderr, part);
  }
  const cluster = 'clusters: [{ name: c, cluster: { server: "https://127.0.0.1:9" } }]';
  const context = "contexts: [{ name: c, context: { cluster: c } }]\ncurrent-context: c";
  writeFileSync(join(dir, "config"), `${cluster}\nusers: []\n${context}\n`);
  const gone = await guard("--kubeconfig", "config");
  assert.is(gone.exitCode, 1);
  assert.is(gone.stderr, "https://127.0.0.1:9: cannot be reached: connect ECONNREFUSED 127.0.0.1:9. [LAB-KUB-002]");
});

test("every command explains itself", async ({ dir }) => {
  for (const name of Object.keys(commands)) {
    const { exitCode, stdout } = await script(dir, name, ["--help"]);
    assert.is(exitCode, 0, name);
    assert.match(stdout, /^Usage: npm run \S+ -- \[options\]/, name);
    assert.match(stdout, /^  -h, --help +show this help$/m, name);
    assert.match(stdout, /\nExamples:\n  \$ npm run \S+/, name);
  }
});

test("an image that is wrong is refused before the registry is asked", async ({ dir }) => {
  mkdirSync(join(dir, ".lab"));
  const registry = { schema: 1, name: "multi:5000", endpoint: "http://127.0.0.1:9", node: "multi" };
  writeFileSync(join(dir, ".lab/registry.json"), JSON.stringify(registry));
  writeFileSync(join(dir, "text.tar"), "no image");
  for (const [image, part] of [
    ["missing.tar", /missing\.tar: does not exist, expected a docker-archive/],
    ["text.tar", /text\.tar: /],
    ["docker://quay.io/Upper", /the image reference "quay.io\/Upper" does not parse/],
    ["hello:1", /Write docker:\/\/hello:1 .* or docker-daemon:hello:1/],
  ] as const) {
    const { exitCode, stderr } = await script(dir, "push", [image]);
    assert.is(exitCode, 2, `${image}: ${stderr}`);
    assert.match(stderr, part);
  }
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest("another user is told the command that does it as root", async ({ dir }) => {
  await run("chmod", ["-R", "a+rwx", dir]);
  for (const name of ["up", "down"]) {
    const [command, args] = asUser(65534, [`scripts/dist/${name}.js`]);
    const { exitCode, stderr } = await run(command, args, { env: { INIT_CWD: dir }, answers: "any" });
    assert.is(exitCode, 3, stderr);
    assert.match(stderr, `Run: sudo env "PATH=$PATH" npm run lab:${name}`);
  }
  assert.not.ok(existsSync(join(dir, ".lab")));
});

test.run();
