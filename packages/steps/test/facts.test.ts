import { suite } from "uvu";
import * as assert from "uvu/assert";
import { carryOut, Facts, step } from "../src/index.js";

const test = suite("steps facts");

/** Reads that count themselves. */
function counter() {
  let count = 0;
  return { read: async () => ++count, count: () => count };
}

test("a fact is read once, however many ask, also at the same time", async () => {
  const { read } = counter();
  const facts = new Facts();
  assert.equal(await Promise.all([facts.get("a", read), facts.get("a", read)]), [1, 1]);
  assert.is(await facts.get("a", read), 1);
  assert.is(await facts.get("b", read), 2);
});

test("a fact may be read by the help of another", async () => {
  const { read, count } = counter();
  const facts = new Facts();
  const twice = async (known: Facts) => 2 * (await known.get("a", read));
  assert.is(await facts.get("twice", twice), 2);
  assert.is(await facts.get("a", read), 1);
  assert.is(count(), 1);
});

test("a failure is no fact: the next who asks reads again", async () => {
  const facts = new Facts();
  const failing = facts.get("a", () => Promise.reject(new Error("no answer")));
  const waiting = facts.get("a", async () => 1);
  const messageOf = (error: Error) => error.message;
  assert.equal(await Promise.all([failing.catch(messageOf), waiting.catch(messageOf)]), ["no answer", "no answer"]);
  assert.is(await facts.get("a", async () => 2), 2);
});

test("a failure of what was forgotten does not take away what was read since", async () => {
  const facts = new Facts();
  let fail = (_error: Error) => {};
  const old = facts.get("a", () => new Promise((_, reject) => (fail = reject)));
  facts.forget();
  const { read, count } = counter();
  await facts.get("a", read);
  fail(new Error("too late"));
  await old.catch(() => {});
  await facts.get("a", read);
  assert.is(count(), 1);
});

test("steps share what they read, and the engine forgets it after each action, not after a step without one", async () => {
  const { read, count } = counter();
  const looking = (id: string, todo: string[]) =>
    step<number>({
      id,
      title: id,
      observe: (facts) => facts.get("a", read),
      plan: () => todo.map((sentence) => ({ on: "a", kind: "change", sentence, run: async () => void todo.splice(0) })),
    });
  await carryOut([looking("one", []), looking("two", [])], { stage: "test", report: () => {} });
  assert.is(count(), 1);
  // Read before the action and again after it; the next step needs no third look.
  await carryOut([looking("three", ["act"]), looking("four", [])], { stage: "test", report: () => {} });
  assert.is(count(), 3);
});

test("an action that changes only records leaves what was read", async () => {
  const { read, count } = counter();
  const recording = (todo: string[]) =>
    step<number>({
      id: "record",
      title: "Record",
      observe: (facts) => facts.get("a", read),
      plan: () =>
        todo.map((sentence) => ({
          on: "a",
          kind: "change",
          sentence,
          keepsFacts: true,
          run: async () => void todo.splice(0),
        })),
    });
  await carryOut([recording(["note it"]), recording([])], { stage: "test", report: () => {} });
  assert.is(count(), 1);
});

test("an action is given what its step has seen", async () => {
  const { read } = counter();
  let given: unknown;
  const acting = step<number>({
    id: "act",
    title: "Act",
    observe: (facts) => facts.get("a", read),
    plan: (seen) =>
      seen > 1
        ? []
        : [
            {
              on: "a",
              kind: "change",
              sentence: "act",
              run: async ({ facts }) => void (given = await facts.get("a", read)),
            },
          ],
  });
  assert.is(await carryOut([acting], { stage: "test", report: () => {} }), 1);
  assert.is(given, 1);
});

test.run();
