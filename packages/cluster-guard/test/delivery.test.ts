import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decideDelivery, type DesiredDelivery } from "../src/delivery.js";

const test = suite("cluster-guard delivery");

const command = "npm run guard -- --kubeconfig k";
const decide = (more: Partial<DesiredDelivery>) =>
  decideDelivery({
    distribution: { kind: "k3s" },
    nodes: ["multi", "agent1"],
    hash: "abc",
    command,
    isInstalled: () => false,
    ...more,
  });
const problemOf = (more: Partial<DesiredDelivery>): Problem => {
  try {
    decide(more);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error("it was not refused");
};

test("into a registry, under a tag that tells what is in it", () => {
  assert.equal(decide({ image: "multi:5000/guard" }), { by: "push", reference: "multi:5000/guard:abc" });
  assert.equal(decide({ image: "multi:5000/guard:1" }), { by: "push", reference: "multi:5000/guard:1" });
  assert.equal(decide({ image: "ghcr.io/me/guard:1", loaded: true }), { by: "user", reference: "ghcr.io/me/guard:1" });
  assert.is(problemOf({ image: "Multi/Guard" }).exitCode, 2);
});

test("by the cluster's own program, where that is installed", () => {
  const distribution = { kind: "kind", cluster: "dev" } as const;
  assert.equal(decide({ distribution, isInstalled: (name) => name === "kind" }), { by: "load", distribution });
  const problem = problemOf({ distribution });
  assert.is(problem.exitCode, 3);
  assert.match(problem.message, "kind made this cluster, and is not on PATH");
});

test("where nothing brings it, the commands that do are named", () => {
  const { exitCode, message } = problemOf({});
  assert.is(exitCode, 3);
  for (const line of [
    `${command} --image REGISTRY/cluster-guard`,
    "or import it on each of them (multi, agent1):",
    `${command} --save guard.tar`,
    "k3s ctr images import guard.tar",
    `${command} --loaded`,
  ]) {
    assert.match(message, line);
  }
});

test("what the cluster has already need not be brought again", () => {
  const current = { image: "multi:5000/guard:abc", pull: "IfNotPresent" } as const;
  assert.equal(decide({ current }), { by: "user", reference: current.image });
  assert.equal(decide({ current: { image: "local", pull: "Never" } }), { by: "user" });
  // A node that was added to the cluster gets it by the cluster's program.
  const distribution = { kind: "k3d", cluster: "dev" } as const;
  const more = { distribution, isInstalled: () => true, current: { image: "local", pull: "Never" } } as const;
  assert.equal(decide(more), { by: "load", distribution });
});

test.run();
