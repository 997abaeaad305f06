import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { serviceManagerOn } from "../../src/rootfs/path.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines rootfs path");

test("a root file system shows what starts services on it", () => {
  const told = (...programs: readonly string[]) => {
    const root = mkdtempSync(join(tmpdir(), "k3s-lab-rootfs-"));
    try {
      for (const program of programs) {
        mkdirSync(dirname(join(root, program)), { recursive: true });
        writeFileSync(join(root, program), "");
      }
      return serviceManagerOn(root);
    } finally {
      rmSync(root, { recursive: true });
    }
  };
  assert.is(told("/sbin/openrc-run"), "openrc");
  assert.is(told("/usr/lib/systemd/systemd"), undefined);
  assert.is(told("/usr/lib/systemd/systemd", "/sbin/openrc-run"), undefined);
  assert.is(told(), undefined);
});

test.run();
