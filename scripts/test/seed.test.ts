// The seed's files, line by line: none is forgotten, and what the table claims is what is rendered.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { linesOf, originalLines, root } from "./seed/original.js";
import { renderSeed } from "./seed/rendered.js";
import { registryYaml, vagrantfile } from "./seed/seed-lines.js";
import { seedTable } from "./seed/table.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("the seed, line by line");

for (const [name, parts] of [
  ["Vagrantfile", vagrantfile],
  ["registry.yaml", registryYaml],
] as const) {
  test(`every line of ${name} is accounted for, in its order`, () => {
    assert.equal(
      parts.flatMap(({ lines }) => linesOf(lines)),
      originalLines(name),
    );
  });

  test(`what stands here for ${name} is what is rendered`, () => {
    const files = renderSeed();
    for (const { lines, here, otherwise } of parts) {
      assert.ok(here.length > 0 || otherwise !== undefined, lines);
      for (const { file, text } of here) {
        assert.ok(files.get(file)?.includes(text), `${file} has ${text}, seen: ${files.get(file) ?? "no such file"}`);
      }
    }
  });
}

test("docs/seed.md is rendered from the data", () => {
  const remedy = "Run `node --import tsx scripts/test/seed/write-table.ts`.";
  assert.is(readFileSync(join(root, "docs/seed.md"), "utf8"), seedTable(), remedy);
});

test.run();
