import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inOrder } from "../src/side-by-side.js";

const test = suite("scripts side-by-side");
const line = (text: string, at?: number) => ({ text, from: "stdout" as const, at });

test("lines of several sources are merged by their times, and one without a time stays where it was written", () => {
  const merged = inOrder([
    [line("a1", 1), line("a1 goes on"), line("a3", 3)],
    [line("before all"), line("b2", 2), line("b3", 3)],
  ]);
  assert.equal(
    merged.map(({ index, line: { text } }) => `${index} ${text}`),
    ["1 before all", "0 a1", "0 a1 goes on", "1 b2", "0 a3", "1 b3"],
  );
});

test("a clock that was set back takes no line out of its order", () => {
  const merged = inOrder([[line("first", 5), line("second", 2), line("third", 6)]]);
  assert.equal(
    merged.map(({ line: { text } }) => text),
    ["first", "second", "third"],
  );
});

test.run();
