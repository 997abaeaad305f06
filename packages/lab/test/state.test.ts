import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabState } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string }>("lab state");

test.before.each((context) => {
  context.dir = join(mkdtempSync(join(tmpdir(), "k3s-lab-state-")), ".lab");
});
test.after.each(({ dir }) => rmSync(join(dir, ".."), { recursive: true }));

test("gives back what was written; nothing where nothing was", ({ dir }) => {
  const state = new LabState(dir);
  assert.is(state.read("machines"), undefined);
  state.write("machines", { driver: "lxc" });
  assert.is(state.read<{ driver: string }>("machines")?.driver, "lxc");
});

test("what an earlier stage must have recorded is asked for by the command that records it", ({ dir }) => {
  const state = new LabState(dir);
  assert.throws(
    () => state.expect("machines"),
    (error: Error) =>
      error.message === `${state.path("machines")}: is not there. Run \`npm run lab:up\`, which runs every stage.`,
  );
  state.write("machines", { driver: "lxc" });
  assert.is(state.expect<{ driver: string }>("machines").driver, "lxc");
});

test("secrets are readable by their owner alone", ({ dir }) => {
  const state = new LabState(dir);
  state.write("secrets", { token: "x" });
  state.writeText("kubeconfig", "x");
  state.write("machines", {});
  assert.is(statSync(state.path("secrets")).mode & 0o777, 0o600);
  assert.is(statSync(state.path("kubeconfig")).mode & 0o777, 0o600);
  assert.is(statSync(state.path("machines")).mode & 0o777, 0o644);
});

test("an unchanged value leaves the file alone", ({ dir }) => {
  const state = new LabState(dir);
  state.write("machines", { a: 1 });
  const before = statSync(state.path("machines")).ino;
  state.write("machines", { a: 1 });
  assert.is(statSync(state.path("machines")).ino, before);
});

test("another schema and broken JSON are refused with the file's name", ({ dir }) => {
  const state = new LabState(dir);
  state.write("machines", {});
  writeFileSync(state.path("machines"), readFileSync(state.path("machines"), "utf8").replace("1", "99"));
  assert.throws(() => state.read("machines"), /machines\.json: has schema 99, expected 1/);
  writeFileSync(state.path("machines"), "{");
  assert.throws(() => state.read("machines"), /machines\.json: is not valid JSON/);
});

test.run();
