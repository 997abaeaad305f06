import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listFolder } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host read text");

test("a folder is listed in order; what is missing or is no folder has nothing in it", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-list-"));
  try {
    for (const name of ["b", "a", "c"]) writeFileSync(join(dir, name), "");
    assert.equal(listFolder(dir), ["a", "b", "c"]);
    assert.equal(listFolder(join(dir, "missing")), []);
    assert.equal(listFolder(join(dir, "a")), []);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
