import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stopwatch } from "../src/index.js";

const test = suite("steps stopwatch");

test("it counts from the first time that something holds, and anew after a break", async () => {
  const dark = stopwatch();
  assert.is(dark(false), 0);
  await sleep(30);
  assert.is(dark(true), 0);
  await sleep(30);
  const first = dark(true);
  // A timer may fire a little early.
  assert.ok(first >= 25, `${first} ms`);
  assert.ok(dark(true) >= first);
  assert.is(dark(false), 0);
  assert.is(dark(true), 0);
});

test.run();
