import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { missingPrograms } from "@k3s-lab/host";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fetchArchive } from "../src/fetch-archive.js";
import { programs } from "@k3s-lab/images/skopeo";
import { freePort } from "./real-registry.js";

const test = suite<{ dir: string; path: string }>("registry fetch-archive");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-fetch-archive-"));
  context.path = join(context.dir, "images", "r.tar");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

async function noteOf(image: string, path: string, answerWithin?: number): Promise<string> {
  const notes: string[] = [];
  const options = { note: (message: string) => notes.push(message), progress: () => {} };
  await fetchArchive(image, path, { ...options, answerWithin });
  return notes.join("\n");
}

test("an image that only its digest names cannot be kept", async ({ dir, path }) => {
  assert.is(await noteOf(`registry@sha256:${"0".repeat(64)}`, path), "");
  assert.equal(readdirSync(dir), []);
});

if (missingPrograms(programs).length > 0)
  console.log("registry fetch-archive: skipped what needs skopeo: it is missing");
else {
  test("an image that cannot be fetched is noted, and leaves nothing", async ({ path }) => {
    const image = `127.0.0.1:${await freePort()}/registry:3`;
    const note = await noteOf(image, path);
    assert.match(note, new RegExp(`^${image} could not be fetched, so its node will pull it: .*connection refused$`));
    assert.not(existsSync(path));
    assert.equal(readdirSync(dirname(path)), []);
  });

  test("what killed runs have left goes, what another one is at work on stays", async ({ path }) => {
    mkdirSync(dirname(path));
    const [old, young, own] = [1, 2, process.pid].map((pid) => `${path}.${pid}.part`) as [string, string, string];
    for (const part of [old, young, own]) writeFileSync(part, "a part");
    utimesSync(old, 0, 0);
    const note = await noteOf(`127.0.0.1:${await freePort()}/registry:3`, path);
    assert.match(note, /connection refused$/);
    assert.equal(readdirSync(dirname(path)), [basename(young)]);
  });

  test("a registry that does not answer is not waited for", async ({ path }) => {
    const silent = createServer().listen(0, "127.0.0.1").unref();
    await once(silent, "listening");
    const image = `127.0.0.1:${(silent.address() as AddressInfo).port}/registry:3`;
    assert.match(await noteOf(image, path, 300), /no answer within 0\.3 s$/);
    silent.close();
  });
}

test.run();
