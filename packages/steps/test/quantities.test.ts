import { suite } from "uvu";
import * as assert from "uvu/assert";
import { amount, ageText, bytesText, duration, rateOf } from "../src/quantities.js";

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

test("amounts are in the scale of the whole", () => {
  assert.is(amount({ done: 33_600_000, total: 70_000_000, unit: "bytes" }), "33.6 of 70.0 MB");
  assert.is(amount({ done: 600_000, total: 2_000_000_000, unit: "bytes" }), "0.0 of 2.0 GB");
  assert.is(amount({ done: 999_999, unit: "bytes" }), "1000 kB");
  assert.is(amount({ done: 12, unit: "bytes" }), "12 B");
  assert.is(amount({ done: 412, total: 1890, unit: "packages" }), "412 of 1,890 packages");
  assert.is(amount({ done: 34, total: 100, unit: "percent" }), "");
});

test("rates are a second's", () => {
  assert.is(rateOf(5_100_000, "bytes"), "5.1 MB/s");
  assert.is(rateOf(37.6, "packages"), "38/s");
  assert.is(rateOf(0.26, "layers"), "0.3/s");
});

test("times grow coarser", () => {
  assert.is(duration(12_900), "12 s");
  assert.is(duration(185_000), "3 min 05 s");
  assert.is(duration(3_725_000), "1 h 02 min");
  assert.is(duration(-5), "0 s");
});

test.run();
