import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finish, progressOf } from "../../src/rootfs/build-rootfs.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines build root file system");

test("of what mmdebstrap prints, a person is shown the steps", () => {
  assert.is(
    progressOf("I: installing remaining packages inside the chroot..."),
    "installing remaining packages inside the chroot",
  );
  assert.is(progressOf("I: automatically chosen format: directory"), undefined);
  assert.is(progressOf("W: something"), undefined);
});

test("our files go over the packages', and what is each machine's own is left out", () => {
  const root = mkdtempSync(join(tmpdir(), "k3s-lab-rootfs-"));
  mkdirSync(join(root, "etc/systemd/system"), { recursive: true });
  writeFileSync(join(root, "etc/machine-id"), "the build host's");
  writeFileSync(join(root, "etc/systemd/system/systemd-udevd.service"), "[Unit]");
  finish(root);
  assert.not.ok(existsSync(join(root, "etc/machine-id")));
  assert.is(readlinkSync(join(root, "etc/systemd/system/systemd-udevd.service")), "/dev/null");
  assert.match(readFileSync(join(root, "etc/systemd/system/lab-network.service"), "utf8"), "ExecStart");
  rmSync(root, { recursive: true });
});

test.run();
