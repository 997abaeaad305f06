import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ownPart } from "../src/parts.js";
import { runPart } from "../src/run-part.js";
import { RunStore } from "../src/run-store.js";
import { type FakeSuite, makeFakeSuite } from "./fake-ginkgo.js";
import type { ReportedSpec } from "./reports.js";

const test = suite<{ fake: FakeSuite; store: RunStore }>("run a part");

test.before.each((context) => {
  context.fake = makeFakeSuite();
  context.store = new RunStore(context.fake.dir, "key");
});
test.after.each(({ fake }) => fake[Symbol.dispose]());

const part = { ...ownPart("\\[a\\]"), id: "part", title: "Part", skip: "left out" };
const spec = (name: string, state = "passed", message?: string): ReportedSpec => ({
  name: ["[a]", name],
  state,
  ...(message !== undefined && { message }),
});
const [one, two, three] = [spec("one"), spec("two"), spec("three", "failed", "no\nanswer")];

const runWith = async ({ fake, store }: { fake: FakeSuite; store: RunStore }, failedAgain = false) => {
  const told: string[] = [];
  const report = { progress: (message: string) => told.push(message), note: (message: string) => told.push(message) };
  const result = await runPart(part, {
    ...report,
    signal: new AbortController().signal,
    suite: { folder: fake.folder, key: "suite", version: "v1" },
    cluster: { kubeconfig: "/kubeconfig", env: {}, images: "multi:5000/e2e" },
    store,
    failedAgain,
  });
  return { result, told };
};
const statesOf = (specs: readonly { readonly name: string; readonly state: string }[]) =>
  Object.fromEntries(specs.map(({ name, state }) => [name, state]));

test("specs are run and counted, and their results recorded", async (context) => {
  const { fake, store } = context;
  fake.behave([one, two, three, spec("left out"), { name: ["[b]"], state: "passed" }]);
  const { result, told } = await runWith(context);
  assert.equal(statesOf(result.specs), { "[a] one": "passed", "[a] two": "passed", "[a] three": "failed" });
  assert.equal(store.read("part"), result);
  assert.ok(told.includes("Part: 3 of 3 specs, 1 failed"), told.join("\n"));
  assert.ok(told.includes("Part: failed: [a] three"));
  assert.is(readFileSync(join(store.folder, "part/attempt-1/ginkgo.log"), "utf8"), "done\n");
});

test("a part that is recorded is not run again", async (context) => {
  context.fake.behave([one]);
  const { result } = await runWith(context);
  context.fake.behave([two]);
  assert.equal((await runWith(context)).result, result);
  assert.is(context.fake.ran().length, 1);
});

test("one that was killed goes on with what had not passed, and its result has all", async (context) => {
  const { fake, store } = context;
  fake.behave([one, three, two], 2);
  await runWith(context).then(
    () => assert.unreachable("it was killed"),
    (error) => assert.instance(error, Problem),
  );
  assert.is(store.read("part"), undefined);
  fake.behave([one, spec("three"), two]);
  const { result, told } = await runWith(context);
  assert.equal(fake.ran().at(-1), ["[a] three", "[a] two"]);
  assert.equal(statesOf(result.specs), { "[a] one": "passed", "[a] two": "passed", "[a] three": "passed" });
  assert.ok(told.includes("Part: 3 of 3 specs, 0 failed"), told.join("\n"));
});

test("one that was killed after its last spec had passed is done, though nothing is left to run", async (context) => {
  const { fake, store } = context;
  fake.behave([one, two], 2);
  await runWith(context).then(
    () => assert.unreachable("it was killed"),
    (error) => assert.instance(error, Problem),
  );
  assert.equal(store.passed("part"), ["[a] one", "[a] two"]);
  fake.behave([one, two]);
  const { result, told } = await runWith(context);
  assert.equal(fake.ran().at(-1), []);
  assert.equal(statesOf(result.specs), { "[a] one": "passed", "[a] two": "passed" });
  assert.equal(store.read("part"), result);
  assert.is(told.at(-1), "Part: 2 passed, 0 failed, 0 skipped");
});

test("failed specs are run again alone when asked for, and their attempts counted", async (context) => {
  const { fake } = context;
  fake.behave([one, two, three]);
  await runWith(context);
  fake.behave([one, two, spec("three")]);
  const { result } = await runWith(context, true);
  assert.equal(fake.ran().at(-1), ["[a] three"]);
  assert.equal(
    result.specs.find(({ name }) => name === "[a] three"),
    {
      name: "[a] three",
      state: "passed",
      seconds: 1,
      attempts: 2,
    },
  );
  assert.equal(statesOf(result.specs), { "[a] one": "passed", "[a] two": "passed", "[a] three": "passed" });
  await runWith(context, true);
  assert.is(fake.ran().length, 2);
});

test("a suite that could not be set up is no result", async (context) => {
  context.fake.behave([
    { name: [""], state: "failed", message: "not schedulable", type: "SynchronizedBeforeSuite" },
    one,
  ]);
  await runWith(context).then(
    () => assert.unreachable("it has a fault"),
    (error: Problem) =>
      assert.match(error.message, /^Part: ended early: .*not schedulable\. Look at .*\[LAB-TST-002\]$/),
  );
  assert.is(context.store.read("part"), undefined);
});

test("an expression without a spec is no result", async (context) => {
  context.fake.behave([{ name: ["[b]"], state: "passed" }]);
  await runWith(context).then(
    () => assert.unreachable("no spec matches"),
    (error: Problem) => assert.match(error.message, "has no specs"),
  );
});

test.run();
