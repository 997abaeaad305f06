import { lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { giveFolderToCaller } from "../src/caller.js";

const test = suite("host caller");
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log("host caller: skipped, needs root");

(isRoot ? test : test.skip)("a folder is given with all that is in it, and nothing that a link leads to", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-caller-"));
  const before = { ...process.env };
  try {
    const [folder, outside] = [join(dir, "folder"), join(dir, "outside")];
    mkdirSync(join(folder, "inner"), { recursive: true });
    for (const file of [outside, join(folder, "inner/file")]) writeFileSync(file, "");
    symlinkSync(outside, join(folder, "link"));
    process.env.SUDO_UID = process.env.SUDO_GID = "12345";
    giveFolderToCaller(folder);
    for (const path of [folder, join(folder, "inner"), join(folder, "inner/file")]) {
      assert.equal([statSync(path).uid, statSync(path).gid], [12345, 12345], path);
    }
    assert.equal([statSync(outside).uid, lstatSync(join(folder, "link")).uid], [0, 0]);
  } finally {
    process.env = before;
    rmSync(dir, { recursive: true });
  }
});

test.run();
