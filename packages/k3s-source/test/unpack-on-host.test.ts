import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readDirectory } from "../src/read-directory.js";
import { isUnpacked, unpackOnHost } from "../src/unpack-on-host.js";
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

test.run();
