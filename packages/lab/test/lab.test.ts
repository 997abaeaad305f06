import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
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
  for (const name of ["a.yaml", "b.yaml"]) writeFileSync(join(dir, name), "");
  const env = { INIT_CWD: dir };
  assert.is(findConfig(undefined, env), join(dir, "lab.yaml"));
  assert.is(findConfig(undefined, { ...env, K3S_LAB_CONFIG: "b.yaml" }), join(dir, "b.yaml"));
  assert.is(findConfig(undefined, { ...env, K3S_LAB_CONFIG: "" }), join(dir, "lab.yaml"));
  assert.is(findConfig("a.yaml", { ...env, K3S_LAB_CONFIG: "b.yaml" }), join(dir, "a.yaml"));
  assert.is(findConfig("./x/../a.yaml", env), join(dir, "a.yaml"));
});

test("a file that is to be made need not exist, but what is there must be a file", ({ dir }) => {
  const env = { INIT_CWD: dir };
  assert.is(findConfig("new/lab.yaml", env, { toBeMade: true }), join(dir, "new/lab.yaml"));
  assert.throws(() => findConfig("new/lab.yaml", env), /does not exist, though --config names it/);
  assert.throws(() => findConfig(".", env, { toBeMade: true }), /is a folder, expected a file/);
  writeFileSync(join(dir, "lab.yaml"), "");
  mkdirSync(join(dir, "below"));
  const below = { INIT_CWD: join(dir, "below") };
  assert.is(findConfig(undefined, below), join(dir, "lab.yaml"));
  assert.is(
    findConfig(undefined, below, { toBeMade: true }),
    join(dir, "below/lab.yaml"),
    "a lab begins where its person is",
  );
});

test("one folder is one lab, by whatever way it is reached", async ({ dir }) => {
  mkdirSync(join(dir, "real"));
  symlinkSync(join(dir, "real"), join(dir, "link"));
  const [real, link] = ["real", "link"].map((name) => findConfig(undefined, { INIT_CWD: join(dir, name) }));
  assert.is(real, link);
  assert.is((await openLab(real ?? "")).id, (await openLab(link ?? "")).id);
});

test("a named file that is missing is told with the one that was probably meant", ({ dir, file }) => {
  writeFileSync(file, "");
  const { message } = refusal(() => findConfig("lba.yaml", { INIT_CWD: dir }));
  assert.match(message, "does not exist, though --config names it (did you mean lab.yaml?). Name");
});

test("the lab of a folder is found from each folder below it, and the nearest one counts", ({ dir, file }) => {
  const inner = join(dir, "a", "b");
  mkdirSync(inner, { recursive: true });
  assert.is(findConfig(undefined, { INIT_CWD: inner }), join(inner, "lab.yaml"), "there is none above");
  writeFileSync(file, "");
  assert.is(findConfig(undefined, { INIT_CWD: inner }), file);
  writeFileSync(join(dir, "a", "lab.yml"), "");
  assert.is(findConfig(undefined, { INIT_CWD: inner }), join(dir, "a", "lab.yml"));
  const other = join(dir, "other");
  mkdirSync(other);
  symlinkSync(other, join(dir, "a", "link"));
  assert.is(findConfig(undefined, { INIT_CWD: join(dir, "a", "link") }), file, "by where the folder is");
});

test("a lab without a lab.yaml is found by what it has left, above and in the folder itself", ({ dir, file }) => {
  const inner = join(dir, "a", "b");
  mkdirSync(join(dir, "a", ".lab"), { recursive: true });
  mkdirSync(inner);
  writeFileSync(file, "");
  assert.is(findConfig(undefined, { INIT_CWD: inner }), file, "a folder .lab may be another program's");
  writeFileSync(join(dir, "a", ".lab", "lab.json"), "{}");
  assert.is(findConfig(undefined, { INIT_CWD: inner }), join(dir, "a", "lab.yaml"));
  assert.is(findConfig(undefined, { INIT_CWD: join(dir, "a") }), join(dir, "a", "lab.yaml"));
});

if (process.getuid?.() === 0) {
  test("what another user has put into a folder above is not taken", ({ dir, file }) => {
    const inner = join(dir, "a");
    mkdirSync(inner);
    writeFileSync(file, "");
    chownSync(file, 12_345, 12_345);
    assert.is(findConfig(undefined, { INIT_CWD: inner }), join(inner, "lab.yaml"));
  });
}

test("lab.yml works like lab.yaml, but not beside it", ({ dir, file }) => {
  const short = join(dir, "lab.yml");
  writeFileSync(short, "nodes: [{ name: one, role: server }]\n");
  assert.is(findConfig(undefined, { INIT_CWD: dir }), short);
  writeFileSync(file, "");
  const both = refusal(() => findConfig(undefined, { INIT_CWD: dir }));
  assert.match(both.message, `${dir}: has both lab.yaml and lab.yml, expected one of them. Remove one`);
  assert.is(both.exitCode, 2);
  assert.is(findConfig("lab.yml", { INIT_CWD: dir }), short);
});

test("a file that was meant to be lab.yaml is not passed over", ({ dir, file }) => {
  for (const name of ["Lab.yaml", "lab.YML", "lab.yaml.txt"]) {
    writeFileSync(join(dir, name), "");
    const { message, exitCode } = refusal(() => findConfig(undefined, { INIT_CWD: dir }));
    assert.match(message, `${join(dir, name)}: would not be read, expected the name lab.yaml. Rename it`);
    assert.is(exitCode, 2);
    assert.is(findConfig(name, { INIT_CWD: dir }), join(dir, name));
    rmSync(join(dir, name));
  }
  // A copy beside it is the person's own business.
  for (const name of ["lab.yaml.txt", "lab.yaml"]) writeFileSync(join(dir, name), "");
  assert.is(findConfig(undefined, { INIT_CWD: dir }), file);
});

test("a file that is named must exist, and be a file", ({ dir, file }) => {
  const env = { INIT_CWD: dir };
  for (const [by, missing] of [
    ["--config", refusal(() => findConfig("nix.yaml", env))],
    ["K3S_LAB_CONFIG", refusal(() => findConfig(undefined, { ...env, K3S_LAB_CONFIG: "nix.yaml" }))],
  ] as const) {
    assert.match(missing.message, `${join(dir, "nix.yaml")}: does not exist, though ${by} names it. Name a file that`);
    assert.is(missing.exitCode, 2);
  }
  const device = refusal(() => findConfig("/dev/null", env));
  assert.match(device.message, "/dev/null: is not an ordinary file, expected one such as lab.yaml.");
  assert.is(device.exitCode, 2);
  symlinkSync(join(dir, "gone"), file);
  assert.match(
    refusal(() => findConfig(undefined, env)).message,
    `${file}: is a link that leads nowhere. [LAB-CFG-003]`,
  );
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

test("a text that is not UTF-8 is refused by what it is", async ({ file }) => {
  const text = "name: über\n";
  const wide = (mark: string) => Buffer.from(mark + text, "utf16le");
  const latin = Buffer.from(`# a\n${text}`, "latin1");
  for (const [bytes, what] of [
    [wide("\uFEFF"), "is UTF-16"],
    [wide(""), "is UTF-16"],
    [wide("\uFEFF").swap16(), "is UTF-16"],
    [wide("").swap16(), "is UTF-16"],
    [Buffer.from([0xff, 0xfe, 0, 0, 0x6e, 0, 0, 0]), "is UTF-32"],
    [Buffer.from([0, 0, 0, 0x6e]), "is UTF-32"],
    [latin, "is in another encoding, such as Latin-1 (line 2 has the byte 0xfc)"],
  ] as const) {
    writeFileSync(file, bytes);
    const problem = (await openLab(file).catch((error: unknown) => error)) as Problem;
    assert.match(problem.message, `${file}: ${what}, expected UTF-8. Save it as UTF-8; `);
    assert.is(problem.exitCode, 2);
    assert.is((await openLab(file, { anyConfig: true })).config.name, "k3s-lab");
  }
  writeFileSync(file, "\uFEFF# über\r\nname: ok\r\n");
  assert.is((await openLab(file)).config.name, "ok");
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

test("records that came with a copied or a moved folder are refused, whatever the command", async ({ dir }) => {
  const at = (folder: string) => join(dir, folder, "lab.yaml");
  const make = async (folder: string) => {
    mkdirSync(join(dir, folder));
    writeFileSync(at(folder), "");
    const lab = await openLab(at(folder), { record: true });
    lab.state.writeText("hostNetwork", "{}");
    return lab;
  };
  const { id } = await make("one");
  cpSync(join(dir, "one"), join(dir, "two"), { recursive: true });
  for (const options of [{}, { record: true }, { asRecorded: true }, { anyConfig: true }]) {
    const { id: error, message } = await openLab(at("two"), options).then(
      () => assert.unreachable() as never,
      (failure: Problem) => failure,
    );
    assert.is(error, "LAB-CFG-016");
    assert.match(message, `${dir}/two/.lab: was made for the lab in ${dir}/one, expected one for ${dir}/two;`);
    assert.match(message, `remove ${dir}/two/.lab, so that this folder gets a lab of its own`);
  }
  await openLab(at("one"), { record: true });
  await openLab(at("two"), { anyFolder: true });
  rmSync(join(dir, "two/.lab"), { recursive: true });
  assert.is.not((await openLab(at("two"), { record: true })).id, id);
  renameSync(join(dir, "one"), join(dir, "three"));
  const moved = await openLab(at("three")).catch((failure: Problem) => failure.message);
  assert.match(String(moved), `Move the folder back, and the lab goes on with all its data`);
  assert.match(String(moved), `\`npm run labs -- --remove ${id}\`, and then remove ${dir}/three/.lab`);
});

test("what is fetched for a change of a lab does not become what the lab was made with", async ({ file }) => {
  const made = async () => (await openLab(file, { asRecorded: true })).config.name;
  writeFileSync(file, "name: first");
  await openLab(file, { record: "new" });
  writeFileSync(file, "name: second");
  const { state } = await openLab(file, { record: "new" });
  assert.is(await made(), "second");
  state.writeText("machines", "{}");
  writeFileSync(file, "name: third");
  await openLab(file, { record: "new" });
  assert.is(await made(), "second");
  await openLab(file, { record: true });
  assert.is(await made(), "third");
});

test("what was fetched for a lab that was not begun may be copied", async ({ dir }) => {
  mkdirSync(join(dir, "one"));
  await openLab(join(dir, "one/lab.yaml"), { record: true });
  cpSync(join(dir, "one"), join(dir, "two"), { recursive: true });
  await openLab(join(dir, "two/lab.yaml"), { record: true });
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
