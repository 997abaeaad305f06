import { suite } from "uvu";
import * as assert from "uvu/assert";
import { lastLines } from "../src/last-lines.js";

const test = suite("report last lines");

test("the last lines are kept, and what was left out is told", () => {
  assert.is(lastLines("a\nb\nc\n", 3), "a\nb\nc\n");
  assert.is(lastLines("a\nb\nc", 2), "(1 earlier lines were left out)\nb\nc\n");
  assert.is(lastLines("", 2), "\n");
});

test("long lines are bounded, too", () => {
  const kept = lastLines(`${"x".repeat(1_000_000)}\n`.repeat(9), 9);
  assert.ok(kept.length < 4_000_100, String(kept.length));
  assert.ok(lastLines("x".repeat(9_000_000), 9).length < 4_000_100);
});

test.run();
