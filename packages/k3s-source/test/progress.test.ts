import { suite } from "uvu";
import * as assert from "uvu/assert";
import { built, downloaded, throttled } from "../src/progress.js";

const test = suite("cluster progress");

test("a download tells megabytes and percent, where it can", () => {
  assert.is(downloaded("k3s", 33_600_000, 70_000_000), "k3s: 34 of 70 MB, 48 %");
  assert.is(downloaded("k3s", 33_600_000, undefined), "k3s: 34 MB");
  assert.is(downloaded("k3s", 0, 0), "k3s: 0 of 0 MB, 100 %");
});

test("a build tells what it counts", () => {
  assert.is(built("k3s", 412, 1890), "412 of 1,890 packages of k3s");
  assert.is(built("download", 3, 1200), "3 of 1,200 modules downloaded");
  assert.is(built("pack", 1, 3), "1 of 3 files packed");
});

test("of a flood of news the first and the last are passed on", () => {
  const seen: number[] = [];
  const pass = throttled((done) => seen.push(done));
  for (let done = 0; done <= 1000; done++) pass(done, 1000);
  assert.equal([seen[0], seen.at(-1)], [0, 1000]);
  assert.ok(seen.length < 100);
});

test.run();
