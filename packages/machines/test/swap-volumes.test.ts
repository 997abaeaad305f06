import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { shellArgv } from "../src/shell.js";

const test = suite("machines swap of volumes");
const root = mkdtempSync(join(tmpdir(), "k3s-lab-volumes-"));
test.after(() => rmSync(root, { recursive: true }));

function volumes(name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(root, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

function swap(dir: string): void {
  const [sh, ...rest] = shellArgv("swap-volumes.sh");
  execFileSync(sh, [...rest, dir, join(dir, "rancher/.extracted")]);
}

function isNew(dir: string): void {
  assert.equal(readdirSync(join(dir, "rancher")), ["k3s", "own"]);
  assert.is(readFileSync(join(dir, "rancher/k3s/db"), "utf8"), "new");
  assert.equal(readdirSync(join(dir, "config")), ["token"]);
}

test("what was extracted takes the place of all that was there", () => {
  const dir = volumes("whole", {
    "rancher/k3s/db": "old",
    "rancher/k3s/more": "old",
    "config/edited": "old",
    "rancher/.extracted/rancher/k3s/db": "new",
    "rancher/.extracted/rancher/own": "new",
    "rancher/.extracted/config/token": "new",
  });
  swap(dir);
  isNew(dir);
  swap(dir);
  isNew(dir);
});

test("one that was cut short goes on, and keeps what it has moved", () => {
  const dir = volumes("cut", {
    // The first volume was emptied, and one entry of it has moved.
    "rancher/k3s/db": "new",
    "rancher/.extracted/rancher.emptied": "",
    "rancher/.extracted/rancher/own": "new",
    "rancher/.extracted/config/token": "new",
    "config/edited": "old",
  });
  swap(dir);
  isNew(dir);
  assert.not.ok(existsSync(join(dir, "rancher/.extracted")));
});

test.run();
