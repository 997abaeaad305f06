import { readFileSync } from "node:fs";
import { cells } from "./cells.js";
import { expected, guardings, reasons } from "./expected.js";
import { recursionPage } from "./recursion-page.js";
import { places } from "./topologies.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("doctor recursion page");

test("docs/recursion.md is what its generator writes", () => {
  const remedy = "Run `node --import tsx packages/doctor/test/matrix/write-page.ts`.";
  assert.is(readFileSync(new URL("../../../../docs/recursion.md", import.meta.url), "utf8"), recursionPage(), remedy);
});

test("in everything that lab:up makes, nothing loops with its guards and its resolver", () => {
  const { namesBack: _, ...others } = cells;
  const made = Object.entries(places).filter(([name]) => name.startsWith("lab"));
  assert.ok(made.length >= 3);
  for (const [name, { comeback }] of made) {
    for (const cell of Object.keys(others) as (keyof typeof others)[]) {
      assert.not.ok(expected(comeback, guardings.both, cell).loops, `${name}: ${cell}`);
    }
  }
});

test("each reason applies to some cell", () => {
  const given = Object.values(places).flatMap(({ comeback }) =>
    Object.values(guardings).flatMap((guards) =>
      (Object.keys(cells) as (keyof typeof cells)[]).map((cell) => expected(comeback, guards, cell).reason),
    ),
  );
  assert.equal([...new Set(given)].toSorted(), Object.keys(reasons).toSorted());
});

test.run();
