import { type Api, ApiRefused, type KubeNode } from "@k3s-lab/kube";
import { type Action, type ActionContext, Facts } from "@k3s-lab/steps";
import type { NodeConfig } from "@k3s-lab/lab";
import type { Problem } from "@k3s-lab/problem";
import type { Kube } from "../../src/kube.js";
import { labelNodesStep } from "../../src/steps/label-nodes.js";
import { merge } from "../fake-lab.js";
import { emptyLab, nodesWith, seen } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster label-nodes");

const context = { signal: new AbortController().signal, progress: () => {}, note: () => {} };

/** An API of Node objects that refuses, as the real one does, to change one of another version. */
class FakeNodes {
  readonly objects = new Map<string, KubeNode>();
  patches = 0;
  /** Called before each patch: what another does in the same moment. */
  meanwhile: () => void = () => {};

  set(name: string, fields: object = {}) {
    const { resourceVersion = "0", ...metadata } = this.objects.get(name)?.metadata ?? { name };
    const before = { ...this.objects.get(name), metadata };
    const changed = merge(before, fields) as KubeNode;
    this.objects.set(name, {
      ...changed,
      metadata: { ...changed.metadata, resourceVersion: `${Number(resourceVersion) + 1}` },
    });
  }

  readonly api = {
    get: async (path: string) => this.objects.get(path.split("/").at(-1) ?? ""),
    patch: async (path: string, fields: { metadata: { resourceVersion?: string } }) => {
      const name = path.split("/").at(-1) ?? "";
      this.meanwhile();
      const { resourceVersion } = fields.metadata;
      if (resourceVersion !== this.objects.get(name)?.metadata.resourceVersion)
        throw new ApiRefused("https://x", `PATCH ${path}`, 409, "the object has been modified");
      this.patches++;
      const { resourceVersion: _version, ...metadata } = fields.metadata;
      this.set(name, { ...fields, metadata });
    },
  } as unknown as Api;
}

async function world(config: readonly Partial<NodeConfig>[], { answers = true, hasPassword = true } = {}) {
  const lab = await emptyLab();
  const all = ["multi", "agent1", "agent2"];
  const named = all.map(
    (name, index) => ({ name, role: index === 0 ? "server" : "agent", ...config[index] }) as NodeConfig,
  );
  const cluster = new FakeNodes();
  const kube = {
    server: "multi",
    see: async () => ({
      api: answers ? cluster.api : undefined,
      objects: answers ? new Map(cluster.objects) : undefined,
      nodes: new Map(all.map((name) => [name, seen({ hasPassword })])),
    }),
  } as unknown as Kube;
  const step = (nodes = named) =>
    labelNodesStep({ state: lab.state, config: { ...lab.config, nodes: [...nodes] } }, nodesWith(), kube);
  const plan = async (nodes = named) => {
    const of = step(nodes);
    return of.plan(await of.observe(new Facts())) as readonly Action[];
  };
  const up = async (nodes = named) => {
    for (const action of await plan(nodes)) await action.run({ ...context, facts: new Facts() } as ActionContext);
  };
  return { cluster, named, plan, up };
}

const sentences = (actions: readonly Action[]) => actions.map(({ sentence }) => sentence);

test("labels and taints are set on the nodes that ask for them, and then nothing is left to do", async () => {
  const { cluster, plan, up } = await world([{}, { labels: { tier: "db" }, taints: ["gpu=true:NoSchedule"] }]);
  for (const name of ["multi", "agent1", "agent2"]) cluster.set(name);
  assert.equal(sentences(await plan()), ["agent1: label tier=db", "agent1: taint gpu=true:NoSchedule"]);
  await up();
  assert.equal(cluster.objects.get("agent1")?.metadata.labels, { tier: "db" });
  assert.equal(cluster.objects.get("agent1")?.spec?.taints, [{ key: "gpu", value: "true", effect: "NoSchedule" }]);
  assert.is(cluster.objects.get("agent2")?.metadata.labels, undefined);
  assert.equal(await plan(), []);
});

test("what lab.yaml names no longer goes, what somebody else has set stays", async () => {
  const { cluster, named, plan, up } = await world([{}, { labels: { tier: "db" }, taints: ["gpu:NoSchedule"] }]);
  for (const name of ["multi", "agent1", "agent2"]) cluster.set(name);
  await up();
  const cordoned = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  const taints = [...(cluster.objects.get("agent1")?.spec?.taints ?? []), cordoned];
  cluster.set("agent1", { metadata: { labels: { hers: "yes" } }, spec: { taints } });
  const without = named.map(({ name, role }) => ({ name, role }));
  assert.equal(sentences(await plan(without)), ["agent1: remove label tier", "agent1: remove taint gpu:NoSchedule"]);
  await up(without);
  const { metadata, spec } = cluster.objects.get("agent1") ?? {};
  assert.equal([metadata?.labels, spec?.taints, metadata?.annotations], [{ hers: "yes" }, [cordoned], {}]);
  assert.equal(await plan(without), []);
});

test("a taint that another sets in the same moment is not lost", async () => {
  const { cluster, up } = await world([{}, { taints: ["gpu:NoSchedule"] }]);
  cluster.set("agent1");
  const pressure = { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" };
  let times = 0;
  cluster.meanwhile = () => {
    if (times++ === 0) cluster.set("agent1", { spec: { taints: [pressure] } });
  };
  await up();
  assert.is(times, 2);
  assert.is(cluster.patches, 1);
  assert.equal(cluster.objects.get("agent1")?.spec?.taints, [pressure, { key: "gpu", effect: "NoSchedule" }]);
});

test("the plan says which pods a taint drives away, where there are any", async () => {
  const { cluster, plan } = await world([{}, { taints: ["gpu:NoExecute", "other:NoSchedule"] }]);
  assert.equal(
    (await plan()).map(({ sentence, interrupts }) => [sentence, interrupts]),
    [["agent1: taint gpu:NoExecute, other:NoSchedule", undefined]],
    "of a node that is still to join",
  );
  cluster.set("agent1");
  assert.is((await plan())[0]?.interrupts, "agent1's pods that do not tolerate gpu:NoExecute");
});

test("the node of a machine that is made again is labelled like a new one", async () => {
  const { cluster, plan } = await world([{}, { labels: { tier: "db" } }], { hasPassword: false });
  cluster.set("agent1", { metadata: { labels: { tier: "db" }, annotations: { "k3s-lab.local/labels": "tier" } } });
  assert.equal(sentences(await plan()), ["agent1: label tier=db"]);
});

test("where no cluster answers, it is foreseen, and cannot be done", async () => {
  const { plan, up } = await world([{ labels: { tier: "db" } }], { answers: false });
  assert.equal(sentences(await plan()), ["multi: label tier=db"]);
  const refusal = await up().catch((error: unknown) => error);
  assert.is((refusal as Problem).id, "LAB-K3S-006");
});

test.run();
