import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { anyBuild, makeOnce } from "../src/cache.js";

const test = suite<{ root: string }>("cache");

test.before.each(async (context) => {
  context.root = join(await mkdtemp(join(tmpdir(), "cache-")), "builds");
});
test.after.each(({ root }) => rm(dirname(root), { recursive: true }));

async function make(work: string): Promise<string> {
  await mkdir(join(work, "out"));
  await writeFile(join(work, "out", "k3s"), "");
  return join(work, "out");
}

test("what was made appears, and nothing else", async ({ root }) => {
  await makeOnce(join(root, "key"), make);
  assert.equal(await readdir(root), ["key"]);
  assert.ok(existsSync(join(root, "key", "k3s")));
});

test("a failure leaves nothing", async ({ root }) => {
  const failure = makeOnce(join(root, "key"), () => Promise.reject(new Error("no")));
  assert.match(String(await failure.catch((e: unknown) => e)), "no");
  assert.equal(await readdir(root), []);
});

test("another build that was faster wins", async ({ root }) => {
  await makeOnce(join(root, "key"), async (work) => {
    await makeOnce(join(root, "key"), make);
    return make(work);
  });
  assert.equal(await readdir(root), ["key"]);
});

test("what a killed build left is removed, what a running one has is not", async ({ root }) => {
  await mkdir(join(root, ".build-999999999-x"), { recursive: true });
  await mkdir(join(root, `.build-${process.ppid}-x`));
  await makeOnce(join(root, "key"), make);
  assert.equal((await readdir(root)).toSorted(), [`.build-${process.ppid}-x`, "key"]);
});

test("a build by other tools is found by its sources", async ({ root }) => {
  assert.is(await anyBuild(root, "abc"), undefined);
  await makeOnce(join(root, "abc-123"), make);
  assert.is(await anyBuild(root, "abc"), join(root, "abc-123"));
});

test.run();
