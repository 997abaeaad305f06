import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decideDelivery, type DesiredDelivery } from "../src/delivery.js";
import { loaderOf } from "../src/distribution.js";
import { node } from "./objects.js";

const test = suite("cluster-guard delivery");

const command = "npm run guard -- --kubeconfig k";
const k3s = ["multi", "agent1"].map((name) =>
  node(name, { version: "v1.34.4+k3s1", runtime: "containerd://2.1.4-k3s1" }),
);
const decide = (more: Partial<DesiredDelivery>) =>
  decideDelivery({
    distribution: { kind: "k3s" },
    nodes: k3s,
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
  assert.equal(decide({ distribution, isInstalled: (name) => name === "kind" }), {
    by: "load",
    loader: loaderOf(distribution),
  });
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
  assert.equal(decide(more), { by: "load", loader: loaderOf(distribution) });
});

const docker = (name: string, version = "v1.33.1+k3s1") => node(name, { version, runtime: "docker://28.0.1" });

test("Docker on the cluster's only node loads it, where docker here is that one", () => {
  const nodes = [docker("colima")];
  const colima = {
    by: "load",
    loader: { program: "docker", load: ["load", "--input"], flags: [], onto: "Docker on Colima" },
  };
  assert.equal(decide({ nodes, dockerHost: "Colima" }), colima);
  const other = problemOf({ nodes, dockerHost: "laptop" });
  assert.is(other.exitCode, 3);
  assert.match(
    other.message,
    "the images are Docker's on colima, and docker here works on laptop. Point docker at it, by",
  );
  assert.match(other.message, `  ${command} --save guard.tar\n  docker load --input guard.tar\n  ${command} --loaded`);
  assert.match(problemOf({ nodes }).message, "and there is no docker here.");
  // One of two is half of the cluster.
  assert.match(
    problemOf({ nodes: [...nodes, docker("b")], dockerHost: "colima" }).message,
    "the images are Docker's on colima, b",
  );
});

test("nodes of several kinds each get their own command, and one without a shell none", () => {
  const mixed = problemOf({ nodes: [...k3s, docker("old")] }).message;
  assert.match(mixed, "or import it on each of them:\n");
  assert.match(
    mixed,
    "\n  k3s ctr images import guard.tar  # on multi, agent1\n  docker load --input guard.tar  # on old\n",
  );
  const talos = problemOf({ distribution: { kind: "talos" }, nodes: [node("t1", { osImage: "Talos (v1.10.1)" })] });
  assert.match(talos.message, "and there is no shell on t1 to import one in. So let the nodes pull it from a registry");
  assert.not.match(talos.message, "import it on each");
});

test.run();
