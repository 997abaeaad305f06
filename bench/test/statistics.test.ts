import { suite } from "uvu";
import * as assert from "uvu/assert";
import { medianOf, spreadOf } from "../src/statistics.js";

const test = suite("bench statistics");

test("the median is the middle one, however the values come", () => {
  assert.is(medianOf([5, 1, 30, 2, 4]), 4);
  assert.is(medianOf([4, 1, 3, 2]), 2.5);
  assert.is(medianOf([7]), 7);
});

test("values are sorted as numbers, and left as they were", () => {
  const values = [10, 9, 100];
  assert.equal(spreadOf(values), { median: 10, min: 9, max: 100 });
  assert.equal(values, [10, 9, 100]);
});

test("nothing has no median", () => {
  assert.throws(() => spreadOf([]), /nothing was measured/);
});

test.run();
