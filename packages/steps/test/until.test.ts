import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TimedOut, until } from "../src/index.js";

const test = suite("steps until");

/** Looks that fail with their number, until one succeeds. */
function looks(needed: number) {
  let count = 0;
  const look = async () => (++count >= needed ? { value: count } : { reason: `look ${count}` });
  return { look, count: () => count };
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.unreachable("expected a failure"),
    (error: Error) => error,
  ) as Promise<Error>;

test("looks until there is a value", async () => {
  assert.is(await until({ look: looks(3).look, every: 1, within: 10_000 }), 3);
  assert.is(await until({ look: looks(1).look, every: 60_000, within: 0 }), 1);
  // A value may be anything.
  assert.is(await until({ look: async () => ({ value: undefined }), every: 1, within: 0 }), undefined);
});

test("given up, it tells the last reason and how long it waited", async () => {
  const error = await failure(until({ look: async () => ({ reason: "the lamp is dark" }), every: 1, within: 20 }));
  assert.instance(error, TimedOut);
  assert.is(error.message, "the lamp is dark (after 0.02 s)");
  assert.is((error as TimedOut).reason, "the lamp is dark");
});

test("the error may be the caller's own", async () => {
  const late = (reason: string) => new RangeError(`lamp: ${reason}`);
  const error = await failure(until({ look: async () => ({ reason: "dark" }), every: 1, within: 5, late }));
  assert.instance(error, RangeError);
  assert.is(error.message, "lamp: dark");
});

test("the last look begins after the deadline, however long the one before took", async () => {
  const started = performance.now();
  const begun: number[] = [];
  const look = async () => {
    begun.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 60));
    return { reason: "dark" };
  };
  await failure(until({ look, every: 1, within: 50 }));
  assert.ok((begun.at(-1) ?? 0) >= 50);
  // It does not sleep past the deadline either.
  const { look: seldom, count } = looks(9);
  const from = performance.now();
  await failure(until({ look: seldom, every: 60_000, within: 30 }));
  assert.ok(performance.now() - from < 30_000);
  // A timer may fire a little early, so that more looks follow, each a millisecond later.
  assert.ok(count() >= 2 && count() < 9, `${count()} looks`);
});

test("what a look throws is final", async () => {
  let count = 0;
  const look = async () => {
    count++;
    throw new Error("the lamp is broken");
  };
  assert.is((await failure(until({ look, every: 1, within: 10_000 }))).message, "the lamp is broken");
  assert.is(count, 1);
});

test("a signal ends the wait, and is handed to each look", async () => {
  const controller = new AbortController();
  const given: unknown[] = [];
  const look = async (signal: AbortSignal | undefined) => {
    given.push(signal);
    setTimeout(() => controller.abort(), 10);
    return { reason: "dark" };
  };
  const { signal } = controller;
  assert.is((await failure(until({ look, every: 60_000, within: 60_000, signal }))).name, "AbortError");
  assert.equal(given, [signal]);
  assert.is((await failure(until({ look, every: 1, within: 1, signal }))).name, "AbortError");
  assert.is(given.length, 1);
});

test.run();
