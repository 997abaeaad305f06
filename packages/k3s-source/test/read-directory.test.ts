import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sumsFile } from "../src/arch.js";
import { readDirectory } from "../src/read-directory.js";
import { arch, fakeK3s, imageArchive, images, listen, makeRelease, type ReleaseFolder } from "./release-folder.js";

const test = suite<{ release: ReleaseFolder }>("cluster directory");
test.before.each((context) => void (context.release = makeRelease()));
test.after.each(({ release }) => release.remove());

test("a folder is read with every archive in it, and the version that its k3s reports", async ({ release }) => {
  release.put(arch.binary, fakeK3s("v1.33.1+k3s1"), 0o755);
  release.sum(arch.binary, images);
  release.put("own.tar", imageArchive("multi:5000/own:1"));
  const found = await readDirectory(release.dir, arch, listen());
  assert.is(found.source, "directory");
  assert.is(found.version, "v1.33.1+k3s1");
  assert.equal(
    found.archives.map(({ name, images: held }) => [name, held]),
    [
      [images, ["docker.io/library/registry:3.1.2", "docker.io/rancher/mirrored-pause:3.6"]],
      ["own.tar", ["multi:5000/own:1"]],
    ],
  );
});

test("what is wrong with a folder is reported with the file's name, with exit code 2 or what to do", async ({
  release,
}) => {
  const { dir, put } = release;
  const refused = async (expected: string | RegExp, folder = dir) => {
    const error = await readDirectory(folder, arch, listen()).catch((cause: unknown) => cause);
    assert.instance(error, Problem);
    assert.match((error as Problem).message, expected);
  };
  await refused(/^\/nowhere\/at\/all: cannot be read \(ENOENT\)/, "/nowhere/at/all");
  put(images, "no archive");
  await refused(`${join(dir, images)}: has the wrong sha256`);
  release.sum(arch.binary, images);
  await refused(`${join(dir, images)}: cannot be read as an archive`);
  put(images, imageArchive("a:1"));
  release.sum(arch.binary, images);
  put("strange name.tar", imageArchive("a:1"));
  await refused("has a strange name");
  rmSync(join(dir, "strange name.tar"));
  chmodSync(join(dir, arch.binary), 0o644);
  await refused(`Run: chmod +x ${join(dir, arch.binary)}`);
  put(arch.binary, "#!/bin/sh\necho hello\n");
  chmodSync(join(dir, arch.binary), 0o755);
  await refused(`${join(dir, arch.binary)}: has the wrong sha256`);
  release.sum(arch.binary);
  await refused("does not report its version");
  release.sum(images);
  await refused(`has no line for ${arch.binary}`);
  rmSync(join(dir, sumsFile(arch)));
  await refused(`has no ${sumsFile(arch)}, seen: ${arch.binary}, ${images}`);
});

test.run();
