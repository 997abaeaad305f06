import { Problem } from "@k3s-lab/problem";
import { type Action, carryOut, carryOutStage, type Event, Facts, foresee, sentencesOf, step } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("steps carry-out");

/** A world of lamps; each step wants one lit. */
function lamps(names: readonly string[], works = (_name: string) => true) {
  const lit = new Set<string>();
  const light = (name: string): Action => ({
    on: name,
    kind: "change",
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

test("what is seen at the end of a step is handed on once it is true, and never by a plan", async () => {
  const { steps, lit } = lamps(["a", "b"], (name) => name === "a");
  const concluded: unknown[] = [];
  const watched = steps.map((each) => step({ ...each, conclude: (seen) => void concluded.push(seen) }));
  await foresee(watched);
  assert.equal(concluded, []);
  await carryOut(watched, { stage: "lamps", report: () => {} }).catch(() => {});
  assert.equal([[...lit], concluded], [["a"], [true]]);
});

test("an action without effect is a failure that names what remains", async () => {
  const { steps } = lamps(["a"], () => false);
  const error = await carryOut(steps, { stage: "lamps", report: () => {} }).catch((reason: Error) => reason);
  assert.instance(error, Error);
  assert.match((error as Error).message, "Light a: was carried out, but this is still to be done: light a.");
});

for (const [kind, falls, outcome] of [
  ["check", 1, "done"],
  ["check", 2, "still to be done: wait"],
  ["change", 1, "still to be done: wait"],
] as const) {
  test(`a ${kind} whose result falls back ${falls} times: ${outcome}`, async () => {
    let times = 0;
    const waiting = step({
      id: "wait",
      title: "Wait",
      observe: async () => times > falls,
      plan: (seen) => (seen ? [] : [{ on: "a", kind, sentence: "wait", run: async () => void times++ }]),
    });
    const said = await carryOut([waiting], { stage: "lamps", report: () => {} }).then(() => "done", String);
    assert.match(said, outcome);
    assert.is(times, kind === "check" ? 2 : 1);
  });
}

test("parallel actions all end before a failure is thrown", async () => {
  const ended: string[] = [];
  const action = (name: string, ms: number, fails: boolean): Action => ({
    on: name,
    kind: "change",
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
  const fails = (sentence: string, error: Error): Action => ({
    on: "a",
    kind: "change",
    sentence,
    run: () => Promise.reject(error),
  });
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
    on: "a",
    kind: "change",
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

test("a step that cannot be made true ends the run with its Problem, and the plan", async () => {
  const { lit, steps } = lamps(["a", "b", "c"]);
  const problem = new Problem("LAB-RUN-001", "b", "has no socket");
  const impossible = step({ id: "b", title: "Light b", observe: async () => 0, plan: () => problem });
  const [first, , last] = steps;
  const chain = [first, impossible, last].flatMap((each) => each ?? []);
  assert.equal(await foresee(chain), {
    actions: [{ step: "light-a", on: "a", kind: "change", sentence: "light a", provided: undefined }],
    obstacle: problem,
  });
  assert.is(await sentencesOf(chain).catch((error: unknown) => error), problem);
  const events: Event[] = [];
  const report = (event: Event) => void events.push(event);
  assert.is(await carryOut(chain, { stage: "lamps", report }).catch((error: unknown) => error), problem);
  assert.equal([...lit], ["a"]);
  const ended = events.flatMap((event) => (event.event === "step-ended" ? [{ id: event.id, ok: event.ok }] : []));
  assert.equal(ended, [
    { id: "light-a", ok: true },
    { id: "b", ok: false },
  ]);
});

test("an action that nothing can show is carried out once, and may be planned again", async () => {
  let waved = 0;
  const wave = step({
    id: "wave",
    title: "Wave",
    observe: async () => 0,
    plan: () => [{ on: "a", kind: "change", sentence: "wave", unobservable: true, run: async () => void waved++ }],
  });
  assert.is(await carryOut([wave], { stage: "test", report: () => {} }), 1);
  assert.is(waved, 1);
});

test("a plan marks the sentences that only carrying out can decide", async () => {
  const knock = step({
    id: "knock",
    title: "Knock",
    observe: async () => 0,
    plan: () => [{ on: "a", kind: "change", sentence: "enter", provided: "if the door is open", run: async () => {} }],
  });
  const { actions } = await foresee([knock]);
  assert.equal(actions, [
    { step: "knock", on: "a", kind: "change", sentence: "enter", provided: "if the door is open" },
  ]);
});

test("actions of a step run one after the other, unless they are parallel", async () => {
  const order: string[] = [];
  const action = (name: string): Action => ({
    on: name,
    kind: "change",
    sentence: name,
    unobservable: true,
    run: async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`${name} ends`);
    },
  });
  for (const parallel of [false, true]) {
    const both = step({
      id: "both",
      title: "Both",
      parallel,
      observe: async () => 0,
      plan: () => [action("a"), action("b")],
    });
    await carryOut([both], { stage: "test", report: () => {} });
  }
  assert.equal(order.slice(0, 4), ["a begins", "a ends", "b begins", "b ends"]);
  assert.equal(order.slice(4), ["a begins", "b begins", "a ends", "b ends"]);
});

test("of actions that are so many at a time, none is begun after one has failed", async () => {
  const order: string[] = [];
  const action = (name: string): Action => ({
    on: name,
    kind: "change",
    sentence: name,
    run: async () => {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (name === "c") throw new Error("c fails");
      order.push(`${name} ends`);
    },
  });
  const batches = step({
    id: "batches",
    title: "Batches",
    parallel: 2,
    observe: async () => 0,
    plan: () => ["a", "b", "c", "d", "e"].map(action),
  });
  const error = await carryOut([batches], { stage: "test", report: () => {} }).catch((thrown: unknown) => thrown);
  assert.is((error as Error).message, "c fails");
  assert.equal(order, ["a", "b", "a ends", "b ends", "c", "d", "d ends"]);
});

test("what destroys is carried out only where that was agreed to, and a plan tells what it is", async () => {
  let isThere = true;
  const smash = step<boolean>({
    id: "smash",
    title: "Smash",
    observe: async () => isThere,
    plan: (there) => {
      const effects = { destroys: "the lamp", interrupts: "the light" };
      return there
        ? [{ on: "a", kind: "remove", ...effects, sentence: "a: smash", run: async () => void (isThere = false) }]
        : [];
    },
  });
  const { actions } = await foresee([smash]);
  assert.equal(actions[0], {
    step: "smash",
    on: "a",
    kind: "remove",
    sentence: "a: smash",
    provided: undefined,
    interrupts: "the light",
    destroys: "the lamp",
  });
  const options = { stage: "lamps", report: () => {} };
  const failure = await carryOut([smash], { ...options, mayDestroy: false }).catch((reason: Error) => reason);
  assert.ok(failure instanceof Problem);
  assert.is(failure.id, "LAB-PLN-001");
  assert.match(failure.message, "would destroy the lamp");
  assert.ok(isThere);
  assert.is(await carryOut([smash], options), 1);
  assert.not.ok(isThere);
});

test("events tell what an action is on, and how far it has come", async () => {
  const events: Event[] = [];
  const fetch: Action = {
    on: "host",
    kind: "make",
    sentence: "host: fetch it",
    unobservable: true,
    run: async ({ progress }) => {
      progress("it: 1 of 2 files", { done: 1, total: 2, unit: "files" });
      progress("it: unpacking");
    },
  };
  const one = step({ id: "fetch", title: "Fetch", observe: async () => 0, plan: () => [fetch] });
  await carryOutStage([one], { stage: "test", report: (event) => void events.push(event) });
  const about = { event: "progress", stage: "test", action: "host: fetch it", on: "host" } as const;
  assert.equal(
    events.filter(({ event }) => event === "progress"),
    [
      { ...about, message: "it: 1 of 2 files", done: 1, total: 2, unit: "files" },
      { ...about, message: "it: unpacking" },
    ],
  );
  const [first, last] = [events[0], events.at(-1)];
  assert.equal(first, { event: "stage-started", stage: "test" });
  assert.equal({ ...last, ms: 0 }, { event: "stage-ended", stage: "test", ok: true, ms: 0, actions: 1 });
});

test("a stage that fails reports its end, and what it had done", async () => {
  const { steps } = lamps(["a", "b"], (name) => name === "a");
  const events: Event[] = [];
  const error = await carryOutStage(steps, { stage: "lamps", report: (event) => void events.push(event) }).catch(
    (reason: Error) => reason,
  );
  assert.instance(error, Problem);
  assert.equal({ ...events.at(-1), ms: 0 }, { event: "stage-ended", stage: "lamps", ok: false, ms: 0, actions: 2 });
});

test("events carry the step's id, its title and the action's sentence", async () => {
  const { steps } = lamps(["a"]);
  const events: Event[] = [];
  await carryOut(steps, { stage: "lamps", report: (event) => void events.push(event) });
  const common = { stage: "lamps", id: "light-a", step: "Light a" };
  assert.equal(
    events.map((event) => ("ms" in event ? { ...event, ms: 0 } : event)),
    [
      { event: "step-started", ...common },
      { event: "action-started", ...common, action: "light a", on: "a", kind: "change" },
      { event: "action-ended", ...common, action: "light a", on: "a", kind: "change", ok: true, ms: 0 },
      { event: "step-ended", ...common, ok: true, ms: 0, actions: 1 },
    ],
  );
});

test.run();
