// The steps against a cluster in memory: its DaemonSet controller is three lines.
import { Problem } from "@k3s-lab/problem";
import { carryOut, Facts, sentencesOf } from "@k3s-lab/steps";
import type { KubeNode, Pod } from "@k3s-lab/kube";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { guardSteps } from "../src/apply.js";
import { awaitNodes, type Limits } from "../src/await-nodes.js";
import type { ClusterApi } from "../src/cluster-api.js";
import { type DaemonSet, type GuardOptions, revisionOf } from "../src/daemon-set.js";
import { lookAt } from "../src/node-state.js";
import { removalSteps } from "../src/remove.js";
import { node, pod } from "./objects.js";

const test = suite("cluster-guard steps");

const options: GuardOptions = { image: "i:1", pull: "Never", cidrs: ["10.43.0.0/16"], sources: "abc" };
const carrying = { stage: "guard", report: () => {} };

class FakeCluster {
  nodes: KubeNode[] = [node("multi"), node("agent1")];
  pods: Pod[] = [];
  there: DaemonSet | undefined;
  readonly done: string[] = [];

  readonly api = {
    nodes: async () => this.nodes,
    pods: async () => this.pods,
    warnings: async () => ["FailedCreate: forbidden", "FailedCreate: forbidden"],
    daemonSet: async () => this.there,
    execute: async () => ({
      ok: true,
      stdout: JSON.stringify({ faults: ["this kernel has no nf_tables"] }),
      stderr: "",
    }),
    apply: async (wanted: DaemonSet, { dryRun = false } = {}) => {
      const [old, revision] = [revisionOf(this.there?.spec?.template), revisionOf(wanted.spec?.template) ?? ""];
      const generation = (this.there?.metadata?.generation ?? 0) + (old === revision ? 0 : 1);
      const then = { ...wanted, metadata: { ...wanted.metadata, generation } };
      if (dryRun) return then;
      this.done.push(`apply ${wanted.spec?.template.spec?.containers[0]?.args?.[0]}`);
      this.there = then;
      this.pods = this.nodes.map(({ metadata }) => pod(metadata.name, { revision }));
      return then;
    },
    delete: async () => {
      this.done.push("delete");
      this.there = undefined;
      this.pods = [];
    },
  } as unknown as ClusterApi;
}

const failure = async (act: () => Promise<unknown>): Promise<Problem> => {
  const error = await act().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof Problem) return error;
  throw new Error(`no Problem: ${String(error)}`);
};

test("a cluster is guarded once, and cleaned before its DaemonSet goes", async () => {
  const cluster = new FakeCluster();
  const steps = () => guardSteps(cluster.api, options);
  assert.equal(await sentencesOf(steps()), [
    "create DaemonSet kube-system/k3s-lab-guard to reject what no service of 10.43.0.0/16 serves",
    "agent1: guard",
    "multi: guard",
  ]);
  await carryOut(steps(), carrying);
  assert.equal(await sentencesOf(steps()), []);
  // Another service CIDR: every node again.
  const other = { ...options, cidrs: ["10.44.0.0/16"] };
  assert.equal((await sentencesOf(guardSteps(cluster.api, other))).length, 3);

  assert.equal(await sentencesOf(await removalSteps(cluster.api)), [
    "change DaemonSet kube-system/k3s-lab-guard to clean the nodes",
    "agent1: remove the guard",
    "multi: remove the guard",
    "delete DaemonSet kube-system/k3s-lab-guard",
  ]);
  await carryOut(await removalSteps(cluster.api), carrying);
  assert.equal(cluster.done, ["apply run", "apply remove", "delete"]);
  assert.equal(await removalSteps(cluster.api), []);
});

test("what is not managed by k3s-lab stays, though it has the same name", async () => {
  const cluster = new FakeCluster();
  cluster.there = { metadata: { name: "k3s-lab-guard" }, spec: { template: {} } };
  assert.match(
    (await failure(() => removalSteps(cluster.api))).message,
    "is not managed by k3s-lab, so it is not removed",
  );
  assert.equal(cluster.done, []);
});

const short: Limits = { pause: 1, absence: 20, silence: 20, all: 60 };
const long: Limits = { pause: 1, absence: 60_000, silence: 60_000, all: 60_000 };

/** Waits for the guard on agent1, whose pod is as given. */
async function wait(cluster: FakeCluster, own: Pod | undefined, limits = short): Promise<unknown> {
  cluster.pods = own === undefined ? [] : [own];
  const awaited = { api: cluster.api, revision: "r1", what: "guard", cidrs: options.cidrs, limits };
  const states = (await lookAt(cluster.api, "r1")).filter(({ name }) => name === "agent1");
  const [action] = awaitNodes(states, awaited);
  const facts = new Facts();
  return action?.run({ signal: facts.signal, facts, progress: () => {}, note: () => {} });
}

test("a node that is not guarded is named with the reason", async () => {
  const cluster = new FakeCluster();
  const missing = { reason: "ErrImageNeverPull", message: "it is not present" };
  for (const [own, expected] of [
    [pod("agent1", { ready: false, waiting: missing }), "ErrImageNeverPull: it is not present. Bring the image to it"],
    [pod("agent1", { ready: false }), "agent1: cannot guard: this kernel has no nf_tables."],
    [undefined, "it has no pod of the guard yet; the cluster warns: FailedCreate: forbidden."],
  ] as const) {
    assert.match((await failure(() => wait(cluster, own))).message, expected);
  }
  cluster.nodes = [node("multi"), node("agent1", { ready: false })];
  assert.match(
    (await failure(() => wait(cluster, pod("agent1")))).message,
    "agent1: cannot guard: the node is not Ready.",
  );
});

test("while it waits, a node may leave, and the server may restart", async () => {
  const cluster = new FakeCluster();
  let asked = 0;
  const { nodes } = cluster.api;
  cluster.api.nodes = async () => {
    if (++asked === 2)
      throw new Problem("LAB-KUB-002", "https://10.76.0.10:6443", "cannot be reached: connect ECONNREFUSED");
    if (asked === 4) cluster.nodes = [node("multi")];
    return nodes();
  };
  await wait(cluster, pod("agent1", { ready: false }), long);
  assert.is(asked, 4);
});

test.run();
