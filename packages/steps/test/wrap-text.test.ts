import { suite } from "uvu";
import * as assert from "uvu/assert";
import { wrapText } from "../src/index.js";

const test = suite("steps wrap-text");

test("lines break between words, and words that are too long stay whole", () => {
  assert.equal(wrapText("one two three", 7), ["one two", "three"]);
  assert.equal(wrapText("see /var/tmp/people/lab.yaml now", 10), ["see", "/var/tmp/people/lab.yaml", "now"]);
  assert.equal(wrapText("", 10), [""]);
});

test("lines of their own stay, and are continued under themselves", () => {
  const text = "wrong:\n  lab.yaml:1:1: unknown key clustr\nSee it.";
  assert.equal(wrapText(text, 20, 2), ["wrong:", "  lab.yaml:1:1:", "    unknown key", "    clustr", "See it."]);
  assert.equal(wrapText("  a b", 3), ["  a", "  b"]);
});

test.run();
