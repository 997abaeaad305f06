// A stack tells a person nothing, and is shown only to those who ask for it. Here it is provoked in every way that was found.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type RunResult } from "@k3s-lab/exec";
import { asUser } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const test = suite<{ dir: string }>("no stack");
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

const looking = ["status", "plan", "doctor", "probe"] as const;
const operands: Readonly<Record<string, readonly string[]>> = { exec: ["multi", "true"], push: ["a.tar"] };
const launcher = join(root, "scripts/bin/run.js");

interface Starting {
  readonly dir: string;
  readonly args?: readonly string[];
  readonly node?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** What a shell does with "$@". */
  readonly shell?: string;
}

function start(name: string, { dir, args = [], node = [], env = {}, shell }: Starting): Promise<RunResult> {
  const argv = [...node, launcher, name, ...(operands[name] ?? []), ...args];
  const unset = {
    K3S_LAB_CONFIG: undefined,
    K3S_LAB_DEBUG: undefined,
    K3S_LAB_BIN: undefined,
    NODE_OPTIONS: undefined,
  };
  const options = { env: { ...unset, INIT_CWD: dir, ...env }, answers: "any" } as const;
  const [command, words] =
    shell === undefined ? [process.execPath, argv] : ["bash", ["-c", shell, "bash", process.execPath, ...argv]];
  return run(command, words, options);
}

/** Lines of a stack, of an inspected error, and of Node's own farewell. */
const traces = /^\s+at .+[:(]\d|^node:internal|^Node\.js v|^\s*throw |\bWarning: |^\[cause\]|^\(node:\d+\)/m;

function isClean({ stdout, stderr }: RunResult, what: string): void {
  assert.not.match(stderr, traces, what);
  assert.not.match(stdout, traces, what);
  assert.not.match(stderr, "a defect of k3s-lab", what);
}

test("lab.yaml is no YAML", async ({ dir }) => {
  writeFileSync(join(dir, "lab.yaml"), "nodes: [\n\t: }");
  // `down` and `status` have no need of it.
  for (const name of ["plan", "doctor", "probe", "exec", "kubectl", "push", "fetch", "up"]) {
    const result = await start(name, { dir });
    isClean(result, name);
    assert.is(result.exitCode, 2, name);
    assert.match(result.stderr, "[LAB-CFG-006]", name);
  }
});

test("records are cut off, or of another version", async ({ dir }) => {
  mkdirSync(join(dir, ".lab"));
  for (const text of ["", '{"schema":1', "[1]", '{"schema":99}', '{"schema":1,"machines":7}']) {
    for (const name of [
      "lab",
      "host-network",
      "machines",
      "cluster",
      "registry",
      "secrets",
      "nodes",
      "proxies",
      "certificate-files",
    ]) {
      writeFileSync(join(dir, `.lab/${name}.json`), text);
    }
    const results = await Promise.all(["status", "plan"].map((name) => start(name, { dir })));
    for (const result of results) isClean(result, text);
  }
});

test(".lab is a file", async ({ dir }) => {
  writeFileSync(join(dir, ".lab"), "");
  for (const name of ["status", "plan", "doctor", "exec", "kubectl", "push"]) {
    const result = await start(name, { dir });
    isClean(result, name);
    assert.ok(result.exitCode > 0, name);
    assert.match(result.stderr, /LAB-(FIL-004|MCH-010)\]/, name);
  }
});

test(".lab belongs to another user", async ({ dir }) => {
  if (process.getuid?.() !== 0) return;
  mkdirSync(join(dir, ".lab"), { mode: 0o700 });
  await run("chmod", ["a+rx", dir]);
  for (const name of ["status", "plan", "exec"] as const) {
    const [command, args] = asUser(65534, ["scripts/bin/run.js", name, ...(operands[name] ?? [])]);
    const env = { INIT_CWD: dir, K3S_LAB_CONFIG: undefined, K3S_LAB_DEBUG: undefined };
    const result = await run(command, args, { env, answers: "any" });
    isClean(result, name);
    assert.ok(result.exitCode > 0, name);
  }
});

test("the reader of its output has gone", async ({ dir }) => {
  for (const name of looking) isClean(await start(name, { dir, shell: '"$@" | true' }), name);
  isClean(await start("status", { dir, shell: '"$@" 2>&1 | true' }), "status");
  isClean(await start("probe", { dir, shell: '"$@" >&-' }), "probe");
});

test("the disk of its output is full", async ({ dir }) => {
  if (!existsSync("/dev/full")) return;
  const result = await start("probe", { dir, shell: '"$@" >/dev/full' });
  isClean(result, "probe");
  assert.is(result.exitCode, 1);
  assert.match(result.stderr, "[LAB-FIL-002]");
});

test("Node.js is too old", async ({ dir }) => {
  const old = (version: string) => {
    const script = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });
      Object.defineProperty(process, "version", { value: "v${version}" });`;
    return start("status", { dir, node: ["--import", `data:text/javascript,${encodeURIComponent(script)}`] });
  };
  for (const version of ["18.19.0", "20.18.3"]) {
    const result = await old(version);
    isClean(result, version);
    assert.is(result.exitCode, 3, version);
    assert.match(result.stderr, `Node.js: is v${version}, expected v20.19.0 or later.`);
    assert.match(result.stderr, "[LAB-NOD-001]");
  }
  for (const version of ["20.19.0", "22.0.0"]) assert.match((await old(version)).stderr, "[LAB-CLI-003]", version);
});

test("the commands were not built, or not to the end", async ({ dir }) => {
  cpSync(join(root, "scripts/bin"), join(dir, "bin"), { recursive: true });
  writeFileSync(join(dir, "package.json"), '{"type":"module"}');
  const status = async () => {
    const result = await run(process.execPath, [join(dir, "bin/run.js"), "status"], {
      env: { K3S_LAB_DEBUG: undefined },
      answers: "any",
    });
    assert.not.match(result.stderr, traces);
    return result;
  };
  const notBuilt = await status();
  assert.is(notBuilt.exitCode, 3);
  assert.is(notBuilt.stderr, "k3s-lab: was not built. Run: npm run build [LAB-NOD-002]");
  mkdirSync(join(dir, "dist"));
  writeFileSync(join(dir, "dist/status.js"), 'import "./chunk.js";');
  assert.match((await status()).stderr, "[LAB-NOD-002]");
  writeFileSync(join(dir, "dist/status.js"), "null.x;");
  const broken = await status();
  assert.is(broken.exitCode, 1);
  assert.match(broken.stderr, "a defect of k3s-lab; K3S_LAB_DEBUG=1 shows where");
});

test("no command prints a warning of Node's", async ({ dir }) => {
  for (const name of ["up", "down", "fetch", "doctor", "guard"]) {
    const { stderr } = await start(name, { dir, args: ["--help"] });
    assert.not.match(stderr, /Warning/, name);
  }
});

test("a stage of turbo's that breaks down reports a problem", async ({ dir }) => {
  const stage = (around: string, env: NodeJS.ProcessEnv = {}) =>
    run("bash", ["-c", around, "bash", process.execPath, join(root, "scripts/dist/stage.js"), "lamps", "up"], {
      env: { K3S_LAB_DEBUG: undefined, K3S_LAB_REPORT: "events", INIT_CWD: dir, ...env },
      answers: "any",
    });
  const { stdout, stderr } = await stage('"$@"');
  assert.match(stdout, /"event":"problem".*\[LAB-RUN-003\]/);
  assert.is(stderr, "");
  assert.is((await stage('"$@" | true')).stderr, "");
});

test("with K3S_LAB_DEBUG it is shown", async ({ dir }) => {
  cpSync(join(root, "scripts/bin"), join(dir, "bin"), { recursive: true });
  mkdirSync(join(dir, "dist"));
  writeFileSync(join(dir, "package.json"), '{"type":"module"}');
  writeFileSync(join(dir, "dist/status.js"), "null.x;");
  const env = { K3S_LAB_DEBUG: "1" };
  assert.match(
    (await run(process.execPath, [join(dir, "bin/run.js"), "status"], { env, answers: "any" })).stderr,
    traces,
  );
});

test("with K3S_LAB_DEBUG it names the lines of the sources", async ({ dir }) => {
  writeFileSync(join(dir, "lab.yaml"), "");
  const breaking = `import crypto from "node:crypto";
    import { syncBuiltinESMExports } from "node:module";
    crypto.createHash = () => null.x;
    syncBuiltinESMExports();`;
  const node = ["--import", `data:text/javascript,${encodeURIComponent(breaking)}`];
  for (const name of ["plan", "stage"]) {
    const args = name === "stage" ? ["machines", "up"] : [];
    const { stdout, stderr } = await start(name, { dir, args, node, env: { K3S_LAB_DEBUG: "1" } });
    assert.match(stdout + stderr, /packages\/lab\/src\/[\w-]+\.ts:\d+/, name);
  }
});

test.run();
