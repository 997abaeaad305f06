import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytesIn, collectCachesStep, folderEntries, outdated } from "../src/index.js";

const test = suite<{ dir: string }>("host cache-entries");
const day = 24 * 60 * 60_000;

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-cache-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

function make(dir: string, name: string, days: number, bytes = 0): string {
  const path = join(dir, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "file"), Buffer.alloc(bytes, 1));
  const at = (Date.now() - days * day) / 1000;
  utimesSync(path, at, at);
  return path;
}

const entries = (dir: string, needed: readonly string[] = []) =>
  folderEntries(dir, { what: "build", isNeeded: (path) => needed.includes(path) });

test("what is old and unused goes; the newest, what is used and what is being made stay", ({ dir }) => {
  const [used, old, young] = [make(dir, "used", 90), make(dir, "old", 31), make(dir, "young", 29)];
  for (const name of ["new", "lock", "x.building-1234", ".hidden"]) make(dir, name, name === "new" ? 1 : 90);
  const names = (days: number, needed: readonly string[] = [used]) =>
    outdated(entries(dir, needed), { days })
      .map(({ name }) => name)
      .toSorted();
  assert.equal(names(30), [old]);
  assert.equal(names(7), [old, young].toSorted());
  assert.equal(names(30, []), [old, used].toSorted());
  assert.equal(names(0), [old, young].toSorted(), "the newest stays, whatever is asked");
});

test("the newest of each kind stays, and a missing folder has nothing", ({ dir }) => {
  const only = make(dir, "image", 400);
  assert.equal(outdated(folderEntries(dir, { what: "image", isNeeded: () => false }), { days: 1 }), []);
  assert.ok(existsSync(only));
  assert.equal(entries(join(dir, "nothing")), []);
});

test("a plan tells how much and how old, and carrying it out frees that much", async ({ dir }) => {
  const old = make(dir, "old", 40, 3_000_000);
  make(dir, "new", 1);
  let freed = 0;
  const step = collectCachesStep(
    async () => entries(dir),
    30,
    (bytes) => (freed += bytes),
  );
  const [sentence = ""] = await sentencesOf([step]);
  assert.match(sentence, /^host: remove the build \/.*\/old \(3\.0 MB, 40 d old\)$/);
  assert.ok(existsSync(old));
  await carryOut([step], { stage: "caches", report: () => {} });
  assert.not(existsSync(old));
  assert.ok(freed >= 3_000_000 && freed < 3_100_000, String(freed));
  assert.equal(await sentencesOf([step]), []);
});

test("bytes are those on the disk, over several paths", async ({ dir }) => {
  const [one, two] = [make(dir, "one", 1, 100_000), make(dir, "two", 1, 200_000)];
  const bytes = (await bytesIn([one, two])) ?? 0;
  assert.ok(bytes >= 300_000 && bytes < 330_000, String(bytes));
  assert.is(await bytesIn([]), 0);
});

test.run();
