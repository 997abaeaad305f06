import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseDisk } from "../src/describe-registry.js";

const test = suite("registry describe-registry");
const script = fileURLToPath(new URL("../shell/disk.sh", import.meta.url));
const onPosix = process.platform === "win32" ? test.skip : test;

onPosix("a folder's size and the room beside it are read of this host", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-disk-"));
  try {
    const store = join(dir, "store");
    const ask = () => parseDisk(execFileSync("sh", [script, store], { encoding: "utf8" }));
    const before = ask();
    assert.is(before?.used, 0, "it does not exist yet");
    mkdirSync(store);
    writeFileSync(join(store, "blob"), Buffer.alloc(300_000, 1));
    const { used = 0, free = 0 } = ask() ?? {};
    assert.ok(used >= 300_000 && used < 400_000, String(used));
    assert.ok(free > 0 && Math.abs(free - (before?.free ?? 0)) < 2 ** 30, String(free));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("what cannot be read is unknown", () => {
  assert.is(parseDisk("used 12\n"), undefined);
  assert.equal(parseDisk("used \nfree 2\n"), { used: 0, free: 2048 });
});

test.run();
