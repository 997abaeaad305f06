import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "@k3s-lab/problem";
import { findConfig, openLab } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string; file: string }>("lab");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-open-")));
  context.file = join(context.dir, "lab.yaml");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function refusal(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    return error as Problem;
  }
  throw new Error("expected a refusal");
}

test("lab.yaml is looked for in the caller's folder; --config goes before K3S_LAB_CONFIG", ({ dir }) => {
  writeFileSync(join(dir, "a.yaml"), "");
  const env = { INIT_CWD: dir };
  assert.is(findConfig(undefined, env), join(dir, "lab.yaml"));
  assert.is(findConfig(undefined, { ...env, K3S_LAB_CONFIG: "b.yaml" }), join(dir, "b.yaml"));
  assert.is(findConfig(undefined, { ...env, K3S_LAB_CONFIG: "" }), join(dir, "lab.yaml"));
  assert.is(findConfig("a.yaml", { ...env, K3S_LAB_CONFIG: "b.yaml" }), join(dir, "a.yaml"));
  assert.is(findConfig("./x/../a.yaml", env), join(dir, "a.yaml"));
});

test("one folder is one lab, by whatever way it is reached", async ({ dir }) => {
  mkdirSync(join(dir, "real"));
  symlinkSync(join(dir, "real"), join(dir, "link"));
  const [real, link] = ["real", "link"].map((name) => findConfig(undefined, { INIT_CWD: join(dir, name) }));
  assert.is(real, link);
  assert.is((await openLab(real ?? "")).id, (await openLab(link ?? "")).id);
});

test("a file that --config names must be there, and be a file", ({ dir }) => {
  const missing = refusal(() => findConfig("nix.yaml", { INIT_CWD: dir }));
  assert.is(missing.message, `${join(dir, "nix.yaml")}: does not exist, though --config names it. [LAB-CFG-002]`);
  assert.is(missing.exitCode, 2);
  for (const option of [".", dir]) {
    const folder = refusal(() => findConfig(option, { INIT_CWD: dir }));
    assert.match(folder.message, `${dir}: is a folder, expected a file such as lab.yaml. Name the file: `);
    assert.is(folder.exitCode, 2);
  }
});

test("a file that cannot be read is named", async ({ file }) => {
  // Root may read everything, but not through a file.
  writeFileSync(file, "");
  chmodSync(file, 0o000);
  const path = process.getuid?.() === 0 ? join(file, "lab.yaml") : file;
  const problem = (await openLab(path).catch((error: unknown) => error)) as Problem;
  assert.match(problem.message, /lab\.yaml: cannot be read \((EACCES|ENOTDIR)\)\./);
  assert.is(problem.exitCode, 2);
});

test("yesterday's record is not used for today's schema", async ({ file }) => {
  writeFileSync(file, "name: one\n");
  const { state, config } = await openLab(file, { record: true });
  const path = state.path("config");
  const yesterday = { ...JSON.parse(readFileSync(path, "utf8")), config: { ...config, name: "from-the-record" } };
  writeFileSync(path, JSON.stringify(yesterday));
  assert.is((await openLab(file)).config.name, "one");
  // Nor is one of another shape, where lab.yaml is wrong.
  const { registry: _gone, ...shape } = config;
  writeFileSync(path, JSON.stringify({ ...yesterday, config: { ...shape, name: 5, colour: "red" } }));
  writeFileSync(file, "name: [\n");
  assert.is((await openLab(file, { anyConfig: true })).config.name, "k3s-lab");
});

test("a broken record is no obstacle", async ({ file }) => {
  const { state } = await openLab(file, { record: true });
  writeFileSync(state.path("config"), "{");
  assert.is((await openLab(file)).config.name, "k3s-lab");
  writeFileSync(file, "name: [\n");
  assert.is((await openLab(file, { anyConfig: true })).config.name, "k3s-lab");
});

test("a lab whose lab.yaml is wrong by now can be opened to remove it", async ({ file }) => {
  writeFileSync(file, "name: one\n");
  await openLab(file, { record: true });
  writeFileSync(file, "name: [\n");
  assert.instance(await openLab(file).catch((error: unknown) => error), Error);
  assert.is((await openLab(file, { anyConfig: true })).config.name, "one");
  rmSync(join(file, "..", ".lab"), { recursive: true });
  assert.is((await openLab(file, { anyConfig: true })).config.name, "k3s-lab");
});

test.run();
