import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readDirectory } from "../src/read-directory.js";
import { isUnpacked, unpackedOnHost, unpackOnHost } from "../src/unpack-on-host.js";
import { arch, fakeK3s, listen, makeRelease, refusal, type ReleaseFolder } from "./release-folder.js";

const test = suite<{ release: ReleaseFolder }>("cluster unpacking on the host");
test.before.each((context) => void (context.release = makeRelease()));
test.after.each(({ release }) => release.remove());

test("a k3s unpacks into the cache, by its environment and by a configuration of its own", async ({ release }) => {
  const data = join(release.cache, "k3s-data");
  const found = await readDirectory(release.dir, arch, listen());
  assert.not(await isUnpacked(found));
  await unpackOnHost(found, listen());
  assert.ok(existsSync(join(data, "data/unpacked/version")));
  assert.is(readFileSync(join(data, "config.yaml"), "utf8"), `data-dir: "${data}"\n`);
  assert.ok(await isUnpacked(found));
  rmSync(data, { recursive: true });
  assert.not(await isUnpacked(found));
});

test("a k3s that does not run is named", async ({ release }) => {
  const found = await readDirectory(release.dir, arch, listen());
  release.put(arch.binary, `#!/bin/sh\necho broken >&2; exit 1\n${fakeK3s()}`);
  const message = await refusal(unpackOnHost(found, listen()));
  assert.match(message, `${join(release.dir, arch.binary)}: cannot be run on the host`);
  assert.match(message, "broken");
  assert.not(await isUnpacked(found));
});

test("what a build from modules has unpacked is found by the sum at its end; a release's is not used", async ({
  release,
}) => {
  const found = await readDirectory(release.dir, arch, listen());
  const sum = "ab".repeat(32);
  const folder = join(release.cache, "k3s-data/data", sum);
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin/k3s"), "");
  const file = join(release.dir, arch.binary);
  const at = (source: "modules" | "package" | "release") =>
    unpackedOnHost({ ...found, source, binary: { ...found.binary, size: statSync(file).size } });
  assert.is(await at("modules"), undefined, "it ends otherwise");
  appendFileSync(file, Buffer.concat([Buffer.from(sum, "hex"), Buffer.alloc(8), Buffer.from("k3smods1")]));
  assert.equal([await at("modules"), await at("package"), await at("release")], [folder, folder, undefined]);
  rmSync(join(folder, "bin/k3s"));
  assert.is(await at("modules"), undefined, "it is not there any more");
});

test.run();
