import type { Event } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compare, mayBeLeftOut, type Plan } from "./compare-plan.js";

const test = suite("comparing a plan with what is done");

const plan: Plan = {
  fetch: [{ stage: "machines", actions: [{ sentence: "host: build it" }] }],
  stages: [
    { stage: "host-network", actions: [{ sentence: "host: take .110", provided: "if the address is free" }] },
    { stage: "machines", actions: [{ sentence: "multi: make" }, { sentence: "multi: start" }] },
  ],
};
const done = (...actions: readonly (readonly [stage: string, action: string])[]): readonly Event[] =>
  actions.map(([stage, action]) => ({
    event: "action-started",
    stage,
    id: "id",
    step: "Step",
    action,
    on: "host",
    kind: "make",
  }));
const take = ["host-network", "host: take .110"] as const;
const rest = [
  ["machines", "host: build it"],
  ["machines", "multi: make"],
  ["machines", "multi: start"],
] as const;

test("the same sentences are no difference, whichever stage was first", () => {
  assert.equal(compare(plan, done(take, ...rest)), []);
  assert.equal(compare(plan, done(...rest, take)), []);
});

test("a marked sentence may be replaced by one other, and does not vanish", () => {
  assert.equal(compare(plan, done(["host-network", "host: take .113"], ...rest)), []);
  assert.equal(compare(plan, done(...rest)), ["host-network: planned host: take .110, done nothing"]);
  assert.equal(compare(plan, done(["host-network", "a"], ["host-network", "b"], ...rest)), [
    "host-network: planned nothing, done b",
  ]);
});

test("what K3s may bring is left out where it does, with no other in its place", () => {
  const fetched = { sentence: "host: fetch registry:3", provided: mayBeLeftOut[0] };
  const imported = { sentence: "multi: import registry:3", provided: mayBeLeftOut[0] };
  const deployed = { sentence: "multi: deploy" };
  const brought: Plan = {
    fetch: [{ stage: "registry", actions: [fetched] }],
    stages: [{ stage: "registry", actions: [imported, deployed] }],
  };
  const compared = (...actions: readonly string[]) =>
    compare(brought, done(...actions.map((action) => ["registry", action] as const)));
  assert.equal(compared(fetched.sentence, imported.sentence, deployed.sentence), []);
  assert.equal(compared(imported.sentence, deployed.sentence), []);
  assert.equal(compared(deployed.sentence), []);
  assert.equal(compared(), ["registry: planned multi: deploy, done nothing"]);
});

test("one that is missing, one more, and another order are differences", () => {
  assert.is(compare(plan, done(take, rest[0], rest[1])).length, 1);
  assert.equal(compare(plan, done(take, ...rest, ["machines", "multi: stop"])), [
    "machines: planned nothing, done multi: stop",
  ]);
  assert.is(compare(plan, done(take, rest[0], rest[2], rest[1])).length, 2);
});

test.run();
