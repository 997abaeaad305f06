import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeScratch } from "../src/scratch.js";

const test = suite("registry scratch");

test("lies where the person wants temporary files", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-scratch-"));
  const scratch = makeScratch("push", { TMPDIR: dir });
  assert.equal(readdirSync(dir), [scratch.slice(dir.length + 1)]);
  rmSync(dir, { recursive: true });
});

test.run();
