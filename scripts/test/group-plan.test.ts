import type { PlannedAction } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { groupPlan } from "../src/group-plan.js";
import { planned } from "./planned.js";

const test = suite("scripts group-plan");
const nodes = ["multi", "agent1", "agent2"];
const group = (...actions: readonly PlannedAction[]) =>
  groupPlan({ fetch: [], stages: [{ stage: "any", actions }] }, nodes).map(({ names, changes }) => [
    names.join(),
    ...changes.map(({ text }) => text),
  ]);

test("the host comes first, then the nodes in their order, those that are gone, the cluster and the registry", () => {
  const names = ["registry", "gone", "agent2", "cluster", "host", "multi"];
  assert.equal(
    group(...names.map((name) => planned(name, "change", `${name}: change ${name} so`))).map(([name]) => name),
    ["host", "multi", "agent2", "gone", "cluster", "registry"],
  );
});

test("a line does not repeat the name above it, and keeps any other", () => {
  assert.equal(group(planned("multi", "make", "multi: start"), planned("registry", "make", "multi: apply it")), [
    ["multi", "start"],
    ["registry", "multi: apply it"],
  ]);
});

test("nodes of which the same becomes share their lines, with all their addresses", () => {
  const of = (name: string, end: number) => [
    planned(name, "make", `${name}: make a machine with address 10.76.0.${end}`),
    planned(name, "change", `${name}: set resolvers 1.1.1.1 (seen: none)`),
  ];
  assert.equal(group(...of("agent1", 11), ...of("agent2", 12)), [
    ["agent1,agent2", "make a machine with address 10.76.0.11, 10.76.0.12", "set resolvers 1.1.1.1 (seen: none)"],
  ]);
});

test("nodes whose names begin alike share their lines, too", () => {
  const remove = (name: string) => planned(name, "remove", `${name}: remove`, { destroys: `${name}'s disk` });
  const [folded, ...rest] = groupPlan({ fetch: [], stages: [{ stage: "any", actions: [remove("a"), remove("ab")] }] }, [
    "a",
    "ab",
  ]);
  assert.is(rest.length, 0);
  assert.equal(folded?.changes[0]?.destroys, ["a's disk", "ab's disk"]);
});

for (const [what, other] of [
  ["another word", planned("agent2", "make", "agent2: starts")],
  ["another kind", planned("agent2", "restart", "agent2: start")],
  ["a condition", planned("agent2", "make", "agent2: start", { provided: "if KVM works" })],
  ["an effect", planned("agent2", "make", "agent2: start", { interrupts: "agent2's pods" })],
] as const) {
  test(`a node that differs by ${what} stands alone`, () => {
    assert.is(group(planned("agent1", "make", "agent1: start"), other).length, 2);
  });
}

test("what is fetched is the host's, before what is changed there", () => {
  const fetch = [{ stage: "cluster", actions: [planned("host", "make", "host: fetch K3s")] }];
  const stages = [{ stage: "host-network", actions: [planned("host", "make", "host: make a bridge")] }];
  const [host] = groupPlan({ fetch, stages }, nodes);
  assert.equal(
    host?.changes.map(({ text }) => text),
    ["fetch K3s", "make a bridge"],
  );
});

test.run();
