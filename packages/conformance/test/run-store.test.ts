import { appendFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runKey, RunStore } from "../src/run-store.js";

const test = suite<{ dir: string; store: RunStore }>("what was run");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-runs-"));
  context.store = new RunStore(context.dir, "key");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const result = { id: "serial", date: "2026-11-29", seconds: 3, specs: [{ name: "a", state: "passed" }] } as const;

test("a result outlives the process, and belongs to its key", ({ dir, store }) => {
  assert.is(store.read("serial"), undefined);
  store.write(result);
  assert.equal(new RunStore(dir, "key").read("serial"), result);
  assert.is(new RunStore(dir, "other").read("serial"), undefined);
});

test("specs that have passed are known until there is a result", ({ store }) => {
  for (const name of ["a", "b\nc", "a"]) store.notePassed("serial", name);
  assert.equal(store.passed("serial"), ["a", "b\nc"]);
  assert.equal(store.passed("conformance"), []);
  store.write(result);
  assert.equal(store.passed("serial"), []);
});

test("half a line of a killed run spoils nothing but itself", ({ store }) => {
  store.notePassed("serial", "a");
  appendFileSync(join(store.folder, "serial/passed.jsonl"), '"hal');
  assert.equal(store.passed("serial"), ["a"]);
  store.notePassed("serial", "b");
  store.notePassed("serial", "c");
  assert.equal(store.passed("serial"), ["a", "c"]);
});

test("each run of a part has a folder of its own", ({ store }) => {
  const folders = [store.attempt("serial"), store.attempt("serial")];
  assert.equal(
    folders.map((folder) => basename(folder)),
    ["attempt-1", "attempt-2"],
  );
});

test("a part is forgotten alone", ({ store }) => {
  store.write(result);
  store.write({ ...result, id: "storage" });
  store.clearPart("serial");
  assert.is(store.read("serial"), undefined);
  assert.equal(store.read("storage")?.specs, result.specs);
  assert.ok(existsSync(store.folder));
});

test("another build of K3s, or another suite, has another key", () => {
  assert.is(runKey("a", "b"), runKey("a", "b"));
  assert.is(new Set([runKey("a", "b"), runKey("b", "b"), runKey("a", "c"), runKey("ab", "")]).size, 4);
});

test.run();
