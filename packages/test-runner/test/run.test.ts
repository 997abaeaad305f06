import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bundleTests } from "../src/bundle-tests.js";

const test = suite<{ root: string }>("test run");
const repository = fileURLToPath(new URL("../../../", import.meta.url));
const fixture = "packages/test-runner/test/fixtures/run-tests.ts";
// The runner is started forty times: a bundle does so in a fifth of the time.
const bundle = await bundleTests(repository, [fixture]);

test.before.each((context) => {
  context.root = mkdtempSync(join(tmpdir(), "k3s-lab-runner-"));
  symlinkSync(join(repository, "node_modules"), join(context.root, "node_modules"));
  writeFileSync(join(context.root, "package.json"), '{ "type": "module" }');
});
test.after.each(({ root }) => rmSync(root, { recursive: true }));
test.after(async () => bundle[Symbol.asyncDispose]());

const head = 'import { suite } from "uvu";\nimport * as assert from "uvu/assert";\nconst test = suite("x");\n';
// In parts, so that this file has no stray one itself.
const only = ["", "only"].join(".");

/** Writes test files (name: what follows the imports), runs them all, and gives what the runner said. */
async function runIn(root: string, files: Record<string, string>, env: Record<string, string | undefined> = {}) {
  for (const [file, body] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), head + body);
  }
  const args = [bundle.find(fixture) ?? "", root, "packages", ...(env.ARGS?.split(" ") ?? [])];
  const plain = { CI: undefined, INIT_CWD: undefined, FORCE_COLOR: undefined, ...env };
  const { stdout, stderr, exitCode } = await run(process.execPath, args, {
    cwd: repository,
    env: plain,
    answers: "any",
  });
  const lines = stdout.trim().split("\n");
  return { stdout, stderr, exitCode, lines, last: lines.at(-1) };
}

const passing = 'test("passes", () => {});\ntest.run();\n';

test("adds up files, the quick ones first, and keeps quiet about what passes", async ({ root }) => {
  const { lines, last, exitCode } = await runIn(root, {
    "packages/a/test/a.e2e.test.ts": passing,
    "packages/a/test/b.root.test.ts": passing,
    "packages/b/test/c.test.ts": `console.log("noise");\n${passing}`,
  });
  assert.is(exitCode, 0);
  assert.is(last, "3 passed, 0 failed");
  assert.equal(
    lines.slice(1, 4).map((line) => line.replace(/ in .*/, "")),
    ["c.test", "b.root.test", "a.e2e.test"].map(
      (name) => `ok   packages/${name[0] === "c" ? "b" : "a"}/test/${name}.ts: 1 passed`,
    ),
  );
  assert.not(lines.includes("noise"));
});

for (const [name, body, said] of [
  ["a failing test", 'test("fails", () => assert.ok(false));\ntest.run();\n', "1 failed"],
  ["a before hook that throws", `test.before(() => { throw new Error("x"); });\n${passing}`, "1 failed"],
  ["an after hook that throws", `test.after(() => { throw new Error("x"); });\n${passing}`, "ended without a summary"],
  ["an after.each hook that throws", `test.after.each(() => { throw new Error("x"); });\n${passing}`, "1 failed"],
  ["a thrown value that is no Error", 'test("throws", () => { throw undefined; });\ntest.run();\n', "1 failed"],
  ["a missing .run()", 'test("never runs", () => assert.ok(false));\n', "never says test.run()"],
  [
    "a second suite without .run()",
    `const other = suite("y");\nother("never runs", () => assert.ok(false));\n${passing}`,
    "never says other.run()",
  ],
  ["a test behind .run()", `${passing}test("never runs", () => assert.ok(false));\n`, "has a test behind test.run()"],
  ["a stray only", `test("left out", () => assert.ok(false));\ntest${only}("x", () => {});\ntest.run();\n`, "a stray"],
  ["no test", "test.run();\n", "ran no test"],
  ["an exit before the end", 'test("exits", () => process.exit(0));\ntest.run();\n', "ended without a summary"],
  [
    "a rejection behind passing tests",
    `${passing}setTimeout(() => Promise.reject(new Error("x")), 200);\n`,
    "ended with",
  ],
  [
    "suites that run one after the other, of which only the last is counted",
    'test("fails", () => assert.ok(false));\ntest.run();\nawait new Promise((resolve) => setTimeout(resolve, 50));\n' +
      'const other = suite("y");\nother("passes", () => {});\nother("passes too", () => {});\nother.run();\n',
    "printed more than one summary",
  ],
] as const) {
  test(`${name} is a failure`, async ({ root }) => {
    const { stdout, last, exitCode } = await runIn(root, { "packages/a/test/a.test.ts": body });
    assert.is(exitCode, 1);
    assert.match(last ?? "", /^\d+ passed, [1-9]\d* failed/);
    assert.match(stdout.split("\n").find((line) => line.startsWith("failed: packages/a/test/a.test.ts")) ?? "", said);
  });
}

test("a unit test is bundled: it needs no transpiler, finds the files beside it, and its failures name its own lines", async ({
  root,
}) => {
  const body = `import { existsSync } from "node:fs";
import { Beside } from "./beside.ts";
test("has no transpiler", () => assert.not(process.execArgv.includes("tsx")));
test("finds the files beside it", () => assert.ok(existsSync(new URL("beside.ts", import.meta.url))));
test("has what it imports", () => assert.is(Beside.first as number, 1));
test("fails", () => assert.ok(false));
test.run();
`;
  const beside = "export const Beside = { first: 1 } as const;\n";
  mkdirSync(join(root, "packages/a/test"), { recursive: true });
  writeFileSync(join(root, "packages/a/test/beside.ts"), beside);
  const { last, stdout } = await runIn(root, { "packages/a/test/a.test.ts": body });
  assert.is(last, "3 passed, 1 failed");
  assert.match(stdout, "packages/a/test/a.test.ts:9:");
});

test("a file that cannot be bundled fails by itself alone", async ({ root }) => {
  const files = {
    "packages/a/test/a.test.ts": `import "./gone.js";\n${passing}`,
    "packages/a/test/b.test.ts": passing,
  };
  const { last, stdout } = await runIn(root, files);
  assert.is(last, "1 passed, 1 failed");
  assert.match(stdout, "ok   packages/a/test/b.test.ts: 1 passed");
  assert.match(stdout, "gone.js");
});

test("a file that hangs is ended with all it started", async ({ root }) => {
  const body =
    'const { run } = await import("@k3s-lab/exec");\n' +
    'test("hangs", () => run("sh", ["-c", "echo \\"pid $$\\" >&2; sleep 600"], { timeout: 600_000, onLine: console.log }));\n' +
    "test.run();\n";
  const { stdout, exitCode } = await runIn(root, { "packages/a/test/a.test.ts": body }, { UNIT_TIMEOUT: "12000" });
  assert.is(exitCode, 1);
  assert.match(stdout, "failed: packages/a/test/a.test.ts: took longer than 12 s and was ended");
  const pid = Number(/pid (\d+)/.exec(stdout)?.[1]);
  assert.ok(pid > 1);
  const { stdout: state } = await run("sh", ["-c", `cat /proc/${pid}/stat 2>/dev/null || true`]);
  assert.match(state, /^$|\) Z /);
});

const skipping = 'test("runs", () => {});\ntest.skip("needs root: makes a link", () => {});\ntest.run();\n';

test("what is skipped is counted and listed with its reason", async ({ root }) => {
  const { lines, last, exitCode } = await runIn(root, {
    "packages/a/test/a.root.test.ts": skipping,
    "packages/a/test/b.test.ts": `console.log("b: skipped, needs /proc");\n${skipping}`,
  });
  assert.is(exitCode, 0);
  assert.is(last, "2 passed, 0 failed, 2 skipped");
  assert.ok(lines.includes("skipped: packages/a/test/a.root.test.ts: needs root: makes a link"));
  assert.ok(lines.includes("skipped: packages/a/test/b.test.ts: b: skipped, needs /proc"));
});

test("in CI a root or end-to-end suite must not skip; a unit test may", async ({ root }) => {
  const files = { "packages/a/test/a.root.test.ts": skipping, "packages/a/test/b.e2e.test.ts": skipping };
  const { last } = await runIn(root, { ...files, "packages/a/test/c.test.ts": skipping }, { CI: "true" });
  assert.is(last, "3 passed, 2 failed, 3 skipped");
  assert.is((await runIn(root, files, { CI: "true", ARGS: "--unit" })).last, "1 passed, 0 failed, 1 skipped");
});

test("in CI a suite that fails runs once more; that it failed at first is told at the end", async ({ root }) => {
  const isThere = 'existsSync("ran")';
  const once = `import { existsSync, writeFileSync } from "node:fs";
test("fails once", () => { const ran = ${isThere}; writeFileSync("ran", ""); assert.ok(ran, "the first time"); });
test.run();
`;
  const ofCi = await runIn(root, { "packages/a/test/a.root.test.ts": once }, { CI: "true" });
  assert.is(ofCi.exitCode, 0, ofCi.stdout);
  assert.is(ofCi.last, "1 passed, 0 failed");
  assert.match(
    ofCi.stdout,
    'failed at first, and passed when it ran once more: packages/a/test/a.root.test.ts: 1 failed\n     FAIL  x  "fails once"\n      the first time',
  );
  rmSync(join(root, "ran"));
  for (const [file, env] of [
    ["packages/a/test/a.root.test.ts", {}],
    ["packages/a/test/b.test.ts", { CI: "true" }],
  ] as const) {
    rmSync(join(root, "packages"), { recursive: true });
    const { last, stdout } = await runIn(root, { [file]: once }, env);
    assert.is(last, "0 passed, 1 failed", file);
    assert.not.match(stdout, "once more");
    rmSync(join(root, "ran"));
  }
});

test("in CI what fails again is a failure; so are more than five suites, which do not run again", async ({ root }) => {
  const failing = 'test("fails", () => assert.ok(false));\ntest.run();\n';
  const one = await runIn(root, { "packages/a/test/a.root.test.ts": failing }, { CI: "true" });
  assert.is(one.exitCode, 1);
  assert.is(one.last, "0 passed, 1 failed");
  assert.match(one.stdout, "failed at first: packages/a/test/a.root.test.ts: 1 failed");
  const many = Object.fromEntries([..."abcdef"].map((name) => [`packages/a/test/${name}.root.test.ts`, failing]));
  const { last, stdout } = await runIn(root, many, { CI: "true" });
  assert.is(last, "0 passed, 6 failed");
  assert.not.match(stdout, "once more");
});

/** Passes where another suite runs at the same time, and waits for it no longer than the milliseconds. */
const meets = (name: string, other: string, ms: number) => `import { existsSync, rmSync, writeFileSync } from "node:fs";
test("meets ${other}", async () => {
  writeFileSync("${name}", "");
  for (let waited = 0; waited < ${ms} && !existsSync("${other}"); waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
  const met = existsSync("${other}");
  await new Promise((resolve) => setTimeout(resolve, 500));
  rmSync("${name}");
  assert.ok(met, "nobody was there");
});
test.run();
`;

test("two suites run at a time, with the host's sysctls held meanwhile", async ({ root }) => {
  const files = {
    "packages/a/test/a.root.test.ts": meets("a", "b", 20_000),
    "packages/a/test/b.e2e.test.ts": meets("b", "a", 20_000),
  };
  const { lines, last, stdout } = await runIn(root, files, { LANES: "2" });
  assert.is(last, "2 passed, 0 failed", stdout);
  assert.is(lines[1], "held");
  assert.ok(lines.indexOf("let go") > lines.findIndex((line) => line.startsWith("ok   packages/a/test/a.root")));
});

test("of suites that run two at a time, those of root come last: they are short", async ({ root }) => {
  const files = Object.fromEntries(
    ["a.root", "b.e2e", "c.e2e"].map((name) => [`packages/a/test/${name}.test.ts`, passing]),
  );
  const { lines, last } = await runIn(root, files, { LANES: "2" });
  assert.is(last, "3 passed, 0 failed");
  const ended = lines.filter((line) => line.startsWith("ok "));
  assert.match(ended.at(-1) ?? "", "a.root.test.ts");
});

test("a suite that says that it runs alone comes first, and has no company", async ({ root }) => {
  const alone = `// Runs alone: it compares times.\n${meets("b", "a", 1000)}`;
  const files = {
    "packages/a/test/a.root.test.ts": meets("a", "c", 20_000),
    "packages/a/test/b.e2e.test.ts": alone,
    "packages/a/test/c.e2e.test.ts": meets("c", "a", 20_000),
  };
  const { lines, last, stdout } = await runIn(root, files, { LANES: "2" });
  assert.is(last, "2 passed, 1 failed", stdout);
  const end = lines.findIndex((line) => line.startsWith("FAIL packages/a/test/b.e2e.test.ts"));
  assert.ok(end > 0 && lines.indexOf("held") > end, stdout);
});

test("what suites need is installed first; where that fails, nothing is tested", async ({ root }) => {
  const files = { "packages/a/test/a.root.test.ts": passing, "packages/a/test/b.test.ts": passing };
  const first = async (env: Record<string, string>) => (await runIn(root, files, env)).lines[0];
  assert.is(await first({}), '{"suites":true,"checks":false,"inCi":false}');
  assert.is(await first({ ARGS: "--unit", CI: "true" }), '{"suites":false,"checks":false,"inCi":true}');
  const { stdout, exitCode } = await runIn(root, files, { CI: "true", PREPARE: "fails" });
  assert.is(exitCode, 1);
  assert.is(stdout.trim(), '{"suites":true,"checks":false,"inCi":true}');
});

test("in CI a suite that installs packages is a failure", async ({ root }) => {
  const installs = `import { writeFileSync } from "node:fs";
test("installs", () => writeFileSync(${JSON.stringify(join(root, "dpkg-status"))}, "x"));
test.run();
`;
  const files = { "packages/a/test/a.root.test.ts": installs };
  const { last, stdout } = await runIn(root, files, { CI: "true" });
  assert.is(last, "1 passed, 1 failed");
  assert.match(stdout, "failed: packages/a/test/a.root.test.ts: installed Debian packages: name them in programs.ts");
  rmSync(join(root, "dpkg-status"));
  assert.is((await runIn(root, files)).last, "1 passed, 0 failed");
});

test("virtual machines are made only where they are named, and then must not be left out", async ({ root }) => {
  const files = { "packages/a/test/a.vms.ts": skipping, "packages/a/test/b.test.ts": passing };
  assert.is((await runIn(root, files)).last, "1 passed, 0 failed");
  const named = await runIn(root, files, { ARGS: "packages/a/test/a.vms.ts" });
  assert.is(named.last, "2 passed, 1 failed, 1 skipped");
  assert.match((await runIn(root, {}, { ARGS: "packages/*.vms.ts" })).stderr, "holds no test file");
});

test("suites that the minutes of --within leave no time for are named, and not run", async ({ root }) => {
  const files = { "packages/a/test/a.root.test.ts": passing, "packages/a/test/b.test.ts": passing };
  const { last, lines, exitCode } = await runIn(root, files, { CI: "true", ARGS: "--within 0.0001" });
  assert.is(exitCode, 0);
  assert.is(last, "1 passed, 0 failed, 1 skipped");
  assert.ok(lines.includes("skipped: packages/a/test/a.root.test.ts: the 0.0001 minutes of --within were over"));
  assert.is((await runIn(root, files, { ARGS: "--within 60" })).last, "2 passed, 0 failed");
  const refused = await runIn(root, files, { ARGS: "--within soon" });
  assert.is(refused.exitCode, 2);
  assert.match(refused.stderr, "npm test: --within soon: expected a number of minutes");
});

test("an interrupted run does not end like one that passed", async ({ root }) => {
  const file = "packages/a/test/a.test.ts";
  // The runner is the parent of the process of the file.
  const body =
    'test("hangs", async () => { process.kill(process.ppid, "SIGINT"); await new Promise((resolve) => setTimeout(resolve, 60_000)); });\ntest.run();\n';
  const { exitCode, last, lines } = await runIn(root, { [file]: body });
  assert.is(exitCode, 130);
  assert.is(last, "0 passed, 1 failed");
  assert.ok(lines.includes("failed: npm test: was interrupted"));
});

test("a name without tests and an unknown option are refused with exit code 2", async ({ root }) => {
  const nothing = await runIn(root, {}, { ARGS: "packages/nix" });
  assert.is(nothing.exitCode, 2);
  assert.match(nothing.stderr, "packages, packages/nix: holds no test file (*.test.ts).");
  assert.is((await runIn(root, {}, { ARGS: "--unti" })).exitCode, 2);
});

test.run();
