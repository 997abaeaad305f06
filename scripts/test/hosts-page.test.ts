// docs/hosts.md promises a test for each kind of host.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const test = suite("docs/hosts.md");

test("each row names tests that exist", () => {
  const page = readFileSync(join(root, "docs/hosts.md"), "utf8");
  const rows = page.split("\n").filter((line) => /^\|(?! kind of host|---)/.test(line));
  assert.ok(rows.length > 50, "the page has rows");
  for (const row of rows) {
    const cell = row.split("|").at(-2) ?? "";
    const files = [...cell.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
    assert.ok(files.length > 0 || cell.includes("the same"), `names no test: ${row}`);
    for (const file of files)
      assert.ok(file.endsWith(".test.ts") && existsSync(join(root, file)), `no such test: ${file}`);
  }
});

test.run();
