import { Problem } from "@k3s-lab/problem";
import { type Action, carryOut, type Event, Facts, sentencesOf, step } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("steps carry-out");

/** A world of lamps; each step wants one lit. */
function lamps(names: readonly string[], works = (_name: string) => true) {
  const lit = new Set<string>();
  const light = (name: string): Action => ({
    sentence: `light ${name}`,
    run: async () => {
      if (works(name)) lit.add(name);
    },
  });
  const steps = names.map((name) =>
    step({
      id: `light-${name}`,
      title: `Light ${name}`,
      observe: async () => lit.has(name),
      plan: (seen) => (seen ? [] : [light(name)]),
    }),
  );
  return { lit, steps };
}

test("does what is missing, and nothing the second time", async () => {
  const { lit, steps } = lamps(["a", "b"]);
  const events: Event[] = [];
  const options = { stage: "lamps", report: (event: Event) => events.push(event) };
  assert.is(await carryOut(steps, options), 2);
  assert.equal([...lit], ["a", "b"]);
  assert.equal(events.filter((event) => event.event === "action-ended").length, 2);
  assert.is(await carryOut(steps, options), 0);
});

test("foresees the sentences and touches nothing", async () => {
  const { lit, steps } = lamps(["a", "b"]);
  assert.equal(await sentencesOf(steps), ["light a", "light b"]);
  assert.is(lit.size, 0);
});

test("an action without effect is a failure that says what remains", async () => {
  const { steps } = lamps(["a"], () => false);
  const error = await carryOut(steps, { stage: "lamps", report: () => {} }).catch((reason: Error) => reason);
  assert.instance(error, Error);
  assert.match((error as Error).message, "Light a: was carried out, but this is still to be done: light a.");
});

test("parallel actions all end before a failure is thrown", async () => {
  const ended: string[] = [];
  const action = (name: string, ms: number, fails: boolean): Action => ({
    sentence: name,
    run: async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      ended.push(name);
      if (fails) throw new Error(`${name} failed`);
    },
  });
  const both = step({
    id: "both",
    title: "Both",
    parallel: true,
    observe: async () => 0,
    plan: () => [action("quick", 1, true), action("slow", 30, false)],
  });
  const error = await carryOut([both], { stage: "test", report: () => {} }).catch((reason: Error) => reason);
  assert.is((error as Error).message, "quick failed");
  assert.equal(ended, ["quick", "slow"]);
});

test("of several parallel failures the first is thrown and the others are told", async () => {
  const fails = (sentence: string, error: Error): Action => ({ sentence, run: () => Promise.reject(error) });
  const three = step({
    id: "three",
    title: "Three",
    parallel: true,
    observe: async () => 0,
    plan: () => [
      fails("start a", new Problem("LAB-RUN-001", "a", "is broken")),
      fails("start b", new Problem("LAB-RUN-001", "b", "has no disk", { remedy: "Give it one." })),
      fails(
        "start c",
        new AggregateError([new Problem("LAB-RUN-001", "c", "is hot"), new Problem("LAB-RUN-001", "c", "is wet")]),
      ),
    ],
  });
  const events: Event[] = [];
  const report = (event: Event) => void events.push(event);
  const error = await carryOut([three], { stage: "test", report }).catch((reason: Error) => reason);
  assert.is((error as Error).message, "a: is broken. [LAB-RUN-001]");
  assert.equal(
    events.flatMap((event) => (event.event === "note" ? event.message : [])),
    [
      "start b failed too: b: has no disk. Give it one. [LAB-RUN-001]",
      "start c failed too: c: is hot. [LAB-RUN-001]\nc: is wet. [LAB-RUN-001]",
    ],
  );
});

test("what an interruption ends has failed for no reason of its own", async () => {
  const interrupted = new AbortController();
  const action = (sentence: string): Action => ({
    sentence,
    run: async ({ signal }) => {
      interrupted.abort();
      signal.throwIfAborted();
    },
  });
  const both = step({
    id: "both",
    title: "Both",
    parallel: true,
    observe: async () => 0,
    plan: () => [action("a"), action("b")],
  });
  const events: Event[] = [];
  const options = {
    stage: "test",
    report: (event: Event) => void events.push(event),
    facts: new Facts(interrupted.signal),
  };
  const error = await carryOut([both], options).catch((reason: Error) => reason);
  assert.is((error as Error).name, "AbortError");
  assert.not(events.some(({ event }) => event === "note"));
});

test("an aborted run starts no further action", async () => {
  const { lit, steps } = lamps(["a"]);
  const error = await carryOut(steps, {
    stage: "lamps",
    report: () => {},
    facts: new Facts(AbortSignal.abort()),
  }).catch((reason: Error) => reason);
  assert.is((error as Error).name, "AbortError");
  assert.is(lit.size, 0);
});

test.run();
