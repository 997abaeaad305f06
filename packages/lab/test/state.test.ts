import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { LabState, type StateFile } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string }>("lab state");

const machines: StateFile<{ readonly driver: string }> = {
  file: "machines",
  version: 2,
  schema: v.strictObject({ driver: v.string() }),
  migrate: (older, version) => (version === 1 ? { driver: older.provider } : undefined),
};
const secrets: StateFile<{ readonly token: string }> = {
  file: "secrets",
  version: 1,
  schema: v.strictObject({ token: v.string() }),
};

test.before.each((context) => {
  context.dir = join(mkdtempSync(join(tmpdir(), "k3s-lab-state-")), ".lab");
});
test.after.each(({ dir }) => rmSync(join(dir, ".."), { recursive: true }));

test("gives back what was written; nothing where nothing was", ({ dir }) => {
  const state = new LabState(dir);
  assert.is(state.read(machines), undefined);
  state.write(machines, { driver: "lxc" });
  assert.is(state.read(machines)?.driver, "lxc");
});

test("what an earlier stage must have recorded is asked for by the command that records it", ({ dir }) => {
  const state = new LabState(dir);
  assert.throws(
    () => state.expect(machines),
    (error: Error) =>
      error.message ===
      `${state.path("machines")}: is missing. Run \`npm run lab:up\`, which runs every stage. [LAB-CFG-008]`,
  );
  state.write(machines, { driver: "lxc" });
  assert.is(state.expect(machines).driver, "lxc");
});

test("secrets are readable by their owner alone", ({ dir }) => {
  const state = new LabState(dir);
  state.write(secrets, { token: "x" });
  state.writeText("kubeconfig", "x");
  state.write(machines, { driver: "lxc" });
  assert.is(statSync(state.path("secrets")).mode & 0o777, 0o600);
  assert.is(statSync(state.path("kubeconfig")).mode & 0o777, 0o600);
  assert.is(statSync(state.path("machines")).mode & 0o777, 0o644);
});

test("an unchanged value leaves the file alone", ({ dir }) => {
  const state = new LabState(dir);
  state.write(machines, { driver: "lxc" });
  const before = statSync(state.path("machines")).ino;
  state.write(machines, { driver: "lxc" });
  assert.is(statSync(state.path("machines")).ino, before);
});

test("another version and a value that does not fit are refused with the file's name", ({ dir }) => {
  const state = new LabState(dir);
  const refused = (content: object, expected: string) => {
    writeFileSync(state.path("machines"), JSON.stringify(content));
    assert.throws(
      () => state.read(machines),
      ({ message }: Error) => message === `${state.path("machines")}: ${expected}`,
    );
  };
  const remedy = "Use the k3s-lab that wrote it; or run `npm run lab:down`, then `npm run lab:up`.";
  state.write(machines, { driver: "lxc" });
  refused({ schema: 99, driver: "lxc" }, `has schema 99, expected 2. ${remedy} [LAB-CFG-010]`);
  refused({ schema: 2, driver: 5 }, `driver: expected string, seen 5. ${remedy} [LAB-CFG-009]`);
  refused({ schema: 2 }, `driver: expected "driver", seen nothing. ${remedy} [LAB-CFG-009]`);
  // What was migrated is checked, too.
  refused({ schema: 1 }, `driver: expected string, seen nothing. ${remedy} [LAB-CFG-009]`);
});

test("what an older version wrote is migrated when it is read, and written as this version", ({ dir }) => {
  const state = new LabState(dir);
  state.write(machines, { driver: "lxc" });
  writeFileSync(state.path("machines"), JSON.stringify({ schema: 1, provider: "vagrant" }));
  const value = state.expect(machines);
  assert.equal(value, { driver: "vagrant" });
  state.write(machines, value);
  assert.equal(JSON.parse(readFileSync(state.path("machines"), "utf8")), { schema: 2, driver: "vagrant" });
});

test("a damaged file reads as nothing", ({ dir }) => {
  const state = new LabState(dir);
  assert.not.ok(state.isDamaged(machines));
  state.write(machines, { driver: "lxc" });
  assert.not.ok(state.isDamaged(machines));
  for (const text of ["", "{", "null", "[]", '"lxc"', '{"driver":"lxc"}']) {
    writeFileSync(state.path("machines"), text);
    assert.is(state.read(machines), undefined, text);
    assert.ok(state.isDamaged(machines), text);
  }
});

test.run();
