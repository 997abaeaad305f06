import { existsSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { canaryRules } from "../src/canary/findings.js";
import { rules } from "../src/rules/index.js";
import { doctorPage, root } from "./rules-table.js";

const test = suite("docs/doctor.md");

test("its tables are what their generator writes", () => {
  const remedy = "Run `node --import tsx packages/doctor/test/write-rules-table.ts`.";
  assert.is(readFileSync(`${root}docs/doctor.md`, "utf8"), doctorPage(), remedy);
});

test("each rule's link leads to a file of the project, and to a heading in it", () => {
  for (const { id, link } of [...rules, ...canaryRules]) {
    const [file = "", heading] = link.split("#");
    assert.ok(existsSync(root + file), `${id}: ${file}`);
    if (heading === undefined) continue;
    const headings = readFileSync(root + file, "utf8").match(/^#+ .*$/gm) ?? [];
    assert.ok(headings.map(anchorOf).includes(heading), `${id}: ${link}`);
  }
});

test("whys and remedies are sentences, titles are not", () => {
  for (const { id, title, why, remedy } of rules) {
    assert.match(why, /^[A-Za-z`].*\.$/, id);
    assert.match(remedy, /^[A-Z].*\.$/, id);
    assert.not.match(title, /\.$/, id);
  }
});

/** Returns the anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

test.run();
