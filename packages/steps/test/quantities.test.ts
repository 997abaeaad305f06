import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ageText, bytesText } from "../src/index.js";

const test = suite("steps quantities");

test("quantities are rendered by their largest unit", () => {
  assert.equal([0, 999, 1000, 123_456, 5_200_000, 2_800_000_000].map(bytesText), [
    "0 B",
    "999 B",
    "1.0 kB",
    "123 kB",
    "5.2 MB",
    "2.8 GB",
  ]);
  const minute = 60_000;
  assert.equal([-1, 59 * minute, 60 * minute, 47 * 60 * minute, 48 * 60 * minute].map(ageText), [
    "0 min",
    "59 min",
    "1 h",
    "47 h",
    "2 d",
  ]);
});

test.run();
