// What a person gets wrong in the first hour: one clear message, the right exit code, and nothing touched.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { certificateVariables, takeLock } from "@k3s-lab/host";
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
async function script(dir: string, name: string, args: readonly string[] = [], config?: string, more = {}) {
  const usual = { INIT_CWD: dir, K3S_LAB_CONFIG: config, NO_COLOR: "1", DOCKER_CONFIG: dir };
  const env = { ...usual, GITHUB_ACTIONS: undefined, ...more };
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
  assert.match(stderr, `${join(dir, "none.yaml")}: does not exist, though --config names it. Name a file that exists`);
  const named = await script(dir, "plan", [], "none.yaml");
  assert.is(named.exitCode, 2);
  assert.match(named.stderr, `${join(dir, "none.yaml")}: does not exist, though K3S_LAB_CONFIG names it.`);
});

test("GitHub shows what is wrong in lab.yaml at its place", async ({ dir }) => {
  writeFileSync(
    join(dir, "lab.yaml"),
    "nodes:\n  - { name: multi, role: server }\ncolour: red\nregistry: { port: 70000 }\n",
  );
  const github = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: dir };
  const { exitCode, stderr } = await script(dir, "plan", [], undefined, github);
  assert.is(exitCode, 2);
  const lines = stderr.split("\n").filter((line) => line.startsWith("::error"));
  assert.is(lines.length, 2, stderr);
  assert.match(lines[0] ?? "", /^::error title=LAB-CFG-006,file=lab\.yaml,line=3,col=1::unknown key colour/);
  assert.match(lines[1] ?? "", /^::error title=LAB-CFG-006,file=lab\.yaml,line=4,col=19::registry\.port: /);
  assert.not.ok(existsSync(join(dir, ".lab")));
  const unread = await script(dir, "plan", ["--nonsense"], undefined, github);
  assert.match(unread.stderr, /^::error title=LAB-CLI-001::npm run lab:plan: unknown option/m);
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

test("a foreign cluster is only guarded on purpose, and one that does not answer is reported", async ({ dir }) => {
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
    ["missing.tar", /missing\.tar: does not exist, expected an image's name, an archive file/],
    ["text.tar", /text\.tar: /],
    ["docker://quay.io/Upper", /the image reference "quay.io\/Upper" does not parse/],
    ["hello:1", /hello:1: .*there is no such file .* docker:\/\/hello:1 to take it from its registry/],
  ] as const) {
    const { exitCode, stderr } = await script(dir, "push", [image]);
    assert.is(exitCode, 2, `${image}: ${stderr}`);
    assert.match(stderr, part);
  }
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest(
  "what lab.yaml names for registries is refused on a host without a lab, before anything is recorded",
  async ({ dir }) => {
    writeFileSync(join(dir, "empty"), "");
    const auth = (secret: string) => `{ configs: { r.example: { auth: { username: ann, ${secret} } } } }`;
    // While another command holds the lab, up can touch nothing.
    using _held = takeLock(join(dir, ".lab/lock"), "the test");
    for (const [registry, part, cluster] of [
      [auth("password: { env: K3S_LAB_NO_SUCH }"), "auth.password.env: the environment has no K3S_LAB_NO_SUCH"],
      [auth("password: { file: gone }"), `auth.password.file: ${dir}/gone does not exist`],
      [auth("password: { file: empty }"), "auth.password.file: empty is empty"],
      ["{ configs: { r.example: { auth: { docker: true } } } }", "no credentials of r.example were found"],
      ["{ configs: { r.example: { tls: { ca_file: empty } } } }", "tls.ca_file: empty holds no certificate"],
      [
        '{ mirrors: { docker.io: { rewrite: { "^a/": b/ } } } }',
        "docker.io.rewrite: K3s from Go",
        "{ source: modules }",
      ],
    ] as const) {
      writeFileSync(join(dir, "lab.yaml"), `registry: ${registry}\ncluster: ${cluster ?? "{}"}\n`);
      const { exitCode, stderr } = await script(dir, "up");
      assert.is(exitCode, 2, stderr);
      assert.match(stderr, part);
      assert.match(stderr, "[LAB-REG-012]");
    }
    assert.equal(readdirSync(join(dir, ".lab")), ["lock"]);
  },
);

test("a bad file of host.certificates is refused before anything is recorded", async ({ dir }) => {
  writeFileSync(join(dir, "corp.pem"), "-----BEGIN CERTIFICATE-----\n");
  writeFileSync(join(dir, "lab.yaml"), "host: { certificates: [corp.pem] }\n");
  // While another command holds the lab, up can touch nothing.
  using _held = takeLock(join(dir, ".lab/lock"), "the test");
  for (const name of process.getuid?.() === 0 ? ["plan", "fetch", "up"] : ["fetch"]) {
    const { exitCode, stderr } = await script(dir, name);
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, `${dir}/corp.pem: is cut off in a certificate`);
    assert.equal(readdirSync(join(dir, ".lab")), ["lock"], name);
  }
});

rootTest("another user is told the command that does it as root", async ({ dir }) => {
  await run("chmod", ["-R", "a+rwx", dir]);
  // sudo would be told to keep those that this shell has.
  const unset = Object.fromEntries(certificateVariables.map((name) => [name, undefined]));
  for (const name of ["up", "down"]) {
    const [command, args] = asUser(65534, [`scripts/dist/${name}.js`]);
    const { exitCode, stderr } = await run(command, args, { env: { ...unset, INIT_CWD: dir }, answers: "any" });
    assert.is(exitCode, 3, stderr);
    assert.match(stderr, `Run: sudo env "PATH=$PATH" npm run lab:${name}`);
  }
  writeFileSync(join(dir, "my.yaml"), "");
  const named = `Run: sudo env "PATH=$PATH" K3S_LAB_CONFIG=`;
  for (const [args, config, expected] of [
    [["--config", "my.yaml"], undefined, `${named}${join(dir, "my.yaml")} npm run lab:up`],
    [[], "my.yaml", `${named}my.yaml npm run lab:up`],
  ] as const) {
    const [command, words] = asUser(65534, ["scripts/dist/up.js", ...args]);
    const env = { ...unset, INIT_CWD: dir, K3S_LAB_CONFIG: config };
    assert.match((await run(command, words, { env, answers: "any" })).stderr, expected);
  }
  assert.not.ok(existsSync(join(dir, ".lab")));
});

test.run();
