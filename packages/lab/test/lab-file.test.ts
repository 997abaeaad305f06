import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readLabFile, writeLabFile } from "../src/index.js";

const test = suite<{ dir: string; file: string }>("lab lab-file");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-file-"));
  context.file = join(context.dir, "new/lab.yaml");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("a new file is made along with its folder, and all may read it", ({ file }) => {
  assert.is(readLabFile(file), undefined);
  writeLabFile(file, "name: a\n", undefined);
  assert.is(readLabFile(file), "name: a\n");
  assert.is(statSync(file).mode & 0o777, 0o644);
});

test("a file keeps its mode, and a link stays one", ({ dir, file }) => {
  const target = join(dir, "target.yaml");
  writeFileSync(target, "a");
  chmodSync(target, 0o600);
  mkdirSync(join(dir, "new"));
  symlinkSync(target, file);
  writeLabFile(file, "b", "a");
  assert.ok(lstatSync(file).isSymbolicLink());
  assert.is(readFileSync(target, "utf8"), "b");
  assert.is(statSync(target).mode & 0o777, 0o600);
});

test("what somebody else has written meanwhile is not overwritten", ({ dir }) => {
  const file = join(dir, "lab.yaml");
  writeFileSync(file, "theirs");
  for (const before of ["mine", undefined]) {
    assert.throws(() => writeLabFile(file, "new", before), /lab\.yaml: was changed by someone else.*\[LAB-INI-006\]$/);
  }
  assert.is(readFileSync(file, "utf8"), "theirs");
  rmSync(file);
  assert.throws(() => writeLabFile(file, "new", "mine"), /LAB-INI-006/);
});

test("a place that cannot be written to is named", ({ dir }) => {
  writeFileSync(join(dir, "file"), "");
  assert.throws(
    () => writeLabFile(join(dir, "file/lab.yaml"), "x", undefined),
    /file\/lab\.yaml: cannot be written \(ENOTDIR\)\. Name a file.*\[LAB-INI-005\]$/,
  );
});

test.run();
