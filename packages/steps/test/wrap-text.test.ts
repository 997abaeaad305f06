import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fitTo, wrapText } from "../src/index.js";

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

test("colours take no room, and only a terminal is fitted to", () => {
  const red = "\u001B[31mone\u001B[39m two three";
  assert.equal(wrapText(red, 7), ["\u001B[31mone\u001B[39m two", "three"]);
  assert.is(fitTo({ isTTY: true, columns: 10 }, "  + one two three"), "  + one\n    two\n    three");
  for (const other of [{}, { isTTY: true }, { isTTY: false, columns: 10 }]) assert.is(fitTo(other, red), red);
});

test.run();
