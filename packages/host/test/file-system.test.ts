import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountOf, spaceAt } from "../src/file-system.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string }>("host file system");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-file-system-")));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const line = (point: string, options: string) => `40 27 0:35 / ${point} ${options} shared:1 - tmpfs t rw\n`;

test("a path is on the deepest mount above it, and of two on one point on the later", ({ dir }) => {
  const mounts = line("/", "rw") + line(dir, "ro") + line(dir, "rw,nosuid,noexec") + line(`${dir}/other`, "rw");
  for (const path of [dir, join(dir, "labs"), join(dir, "otherwise", "not", "made")]) {
    assert.equal(mountOf(path, mounts), { point: dir, options: ["rw", "nosuid", "noexec"] });
  }
  assert.is(mountOf("/", mounts)?.point, "/");
});

test("links are followed, and spaces are read", ({ dir }) => {
  mkdirSync(join(dir, "a disk"));
  symlinkSync(join(dir, "a disk"), join(dir, "cache"));
  const mounts = line("/", "rw") + line(`${dir}/a\\040disk`, "rw,noexec");
  assert.equal(mountOf(join(dir, "cache", "k3s"), mounts)?.options, ["rw", "noexec"]);
});

test("a system that lists no mounts reports nothing", ({ dir }) => {
  assert.is(mountOf(dir, ""), undefined);
});

test("the room of a path that is still to be made is that of the folder above it", ({ dir }) => {
  const { size = 0, available = 0 } = spaceAt(join(dir, "not", "made")) ?? {};
  assert.ok(available > 0 && available <= size);
});

test.run();
