import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Meter } from "../src/meter.js";

const test = suite("steps meter");
const bytes = (done: number, total?: number) => ({ done, total, unit: "bytes" }) as const;

test("the rate is that of the last ten seconds, and tells how long the rest will take", () => {
  const meter = new Meter(bytes(0, 1000), 0);
  for (let at = 1; at <= 20; at++) meter.update(bytes(at < 10 ? 0 : (at - 9) * 50, 1000), at * 1000);
  assert.is(meter.extent.done, 550);
  assert.is(meter.rate(20_000), 50);
  assert.is(meter.left(20_000), 9000);
  assert.is(meter.share, 0.55);
});

test("there is no rate before there is something to tell it by, and none of what stands still", () => {
  const meter = new Meter(bytes(10, 100), 0);
  assert.is(meter.rate(500), undefined);
  meter.update(bytes(20, 100), 500);
  assert.is(meter.rate(900), undefined);
  assert.is(meter.rate(2000), 5);
  const still = new Meter(bytes(10, 100), 0);
  assert.is(still.rate(60_000), undefined);
  assert.is(still.left(60_000), undefined);
});

test("what begins again is measured anew", () => {
  const meter = new Meter(bytes(0, 100), 0);
  meter.update(bytes(90, 100), 1000);
  meter.update(bytes(0, 100), 2000);
  meter.update(bytes(10, 100), 4000);
  assert.is(meter.rate(4000), 5);
});

test("without an end there is neither a share nor a time", () => {
  const meter = new Meter(bytes(0), 0);
  meter.update(bytes(50), 2000);
  assert.is(meter.rate(2000), 25);
  assert.is(meter.share, undefined);
  assert.is(meter.left(2000), undefined);
  assert.ok(new Meter(bytes(0, 0), 0).isDone);
});

test.run();
