import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { scratchFolder } from "../src/scratch-folder.js";

const test = suite<{ dir: string }>("host scratch-folder");
test.before.each((context) => void (context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-scratch-test-"))));
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("a scratch folder is where the user wants temporary files, and goes with its use", ({ dir }) => {
  {
    using scratch = scratchFolder("push", { TMPDIR: dir });
    assert.equal(readdirSync(dir), [basename(scratch.path)]);
  }
  assert.equal(readdirSync(dir), []);
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest("one for another user belongs to them", ({ dir }) => {
  using scratch = scratchFolder("images", { TMPDIR: dir }, { uid: 12_345, gid: 12_346 });
  const { uid, gid, mode } = statSync(scratch.path);
  assert.equal([uid, gid, mode & 0o777], [12_345, 12_346, 0o700]);
});

test.run();
