import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeLock } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite<{ dir: string; path: string }>("lab lock");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-lock-"));
  context.path = join(context.dir, ".lab", "lock");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("a second taker is refused, with the holder's name and process", ({ path }) => {
  {
    using _held = takeLock(path, "lab:up");
    assert.throws(
      () => takeLock(path, "lab:down"),
      new RegExp(`lab:up is at work on this lab \\(process ${process.pid}\\)`),
    );
  }
  assert.not(existsSync(path));
});

test("what a killed command left is taken over at once", ({ path }) => {
  using _made = takeLock(path, "lab:up");
  for (const left of ["999999999 1 lab:up\n", `${process.pid} 1 lab:up\n`, ""]) {
    writeFileSync(path, left);
    using _held = takeLock(path, "lab:up");
    assert.ok(existsSync(path));
  }
});

test.run();
