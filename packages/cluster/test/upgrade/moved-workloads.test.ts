import type { Api, KubeNode, Pod } from "@k3s-lab/kube";
import type { Problem } from "@k3s-lab/problem";
import { type Action, type ActionContext, Facts, type Step } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cordon } from "../../src/drain.js";
import type { ForeseenCluster } from "../../src/cluster.js";
import type { Kube } from "../../src/kube.js";
import { k3sPaths } from "../../src/paths.js";
import { uncordonNodesStep } from "../../src/steps/uncordon-nodes.js";
import { movedFrom, noteMoved } from "../../src/upgrade/moved-workloads.js";
import type { Workload } from "../../src/upgrade/ready-pods.js";
import { finishUpgradesStep, upgradeAgentsStep } from "../../src/upgrade/upgrade-nodes.js";
import { merge } from "../fake-lab.js";
import { cluster, emptyLab, nodesWith, nowhere, release, seen } from "../world.js";

const test = suite("cluster moved-workloads");
const { signal } = new AbortController();
const context = { signal, progress: () => {}, note: () => {} };

const web: Workload = {
  name: "shop/web",
  path: "/apis/apps/v1/namespaces/shop/replicasets/web",
  uid: "uid of web",
  ready: 2,
};

const pod = (ready: boolean): Pod => ({
  metadata: {
    name: "web",
    namespace: "shop",
    ownerReferences: [{ kind: "ReplicaSet", name: "web", uid: web.uid, controller: true }],
  },
  spec: { nodeName: "agent2" },
  status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

interface Drained {
  readonly looks?: readonly number[];
  readonly sum?: string;
  readonly moved?: readonly Workload[];
}

/** A cluster whose agent1 has been drained. `looks`: how many pods of the workload are ready, at each look. */
async function drained({ looks = [2], sum = cluster.sha256, moved = [web] }: Drained = {}) {
  const left = [...looks];
  const world = { node: { metadata: { name: "agent1" } } as KubeNode, left };
  const api = {
    get: async () => world.node,
    find: async () => ({ spec: { replicas: 2 } }),
    patch: async (_path: string, fields: object) => (world.node = merge(world.node, fields) as KubeNode),
    list: async () => {
      const ready = (left.length > 1 ? left.shift() : left[0]) ?? 0;
      return [pod(ready > 0), pod(ready > 1)];
    },
  } as unknown as Api;
  await noteMoved(api, "agent1", moved, signal);
  await cordon(api, "agent1", signal);
  const agent1 = seen({ hasPassword: true, installed: new Map([[k3sPaths.binary, sum]]) });
  const kube = {
    see: async () => ({ api, nodes: new Map([["agent1", agent1]]), objects: new Map([["agent1", world.node]]) }),
  } as unknown as Kube;
  const planned = async (step: Step) => step.plan(await step.observe(new Facts())) as readonly Action[];
  return Object.assign(world, {
    api,
    finish: () =>
      planned(finishUpgradesStep({ nodes: nodesWith({ ...nowhere(), timeoutFactor: 0.02 }), kube, cluster: wanted })),
    upgrade: async () => {
      const of = upgradeAgentsStep({
        lab: await emptyLab(),
        nodes: nodesWith(),
        kube,
        cluster: wanted as ForeseenCluster,
        images: [],
      });
      return (await planned(of)).map(({ sentence }) => sentence);
    },
    uncordon: () => planned(uncordonNodesStep(nodesWith(), kube)),
  });
}

const wanted = { ...release, ...cluster };

const run = (actions: readonly Action[]) => actions[0]?.run({ ...context, facts: new Facts() } as ActionContext);

test("what was counted before the first drain stays, and what has come since is added", async () => {
  const { api } = await drained();
  const shop: Workload = { ...web, name: "shop/shop", uid: "uid of shop" };
  assert.equal(await noteMoved(api, "agent1", [{ ...web, ready: 1 }, shop], signal), [web, shop]);
});

test("what others have written there is not read", () => {
  const node = (text: string): KubeNode => ({
    metadata: { name: "agent1", annotations: { "k3s-lab.local/moved-workloads": text } },
  });
  assert.equal([movedFrom(node("[")), movedFrom(node('[{"name":1}]'))], [[], []]);
});

test("an upgrade that was killed is finished when what it has moved away is back, and the node takes pods again", async () => {
  const world = await drained({ looks: [1, 1, 2] });
  const actions = await world.finish();
  assert.equal(
    actions.map(({ sentence }) => sentence),
    ["agent1: let the node take pods again, and wait for those that its upgrade has moved away"],
  );
  assert.equal(await world.uncordon(), []);
  await run(actions);
  assert.equal(world.left, [2]);
  assert.equal(world.node, { metadata: { name: "agent1", annotations: {} }, spec: {} });
  assert.equal([await world.finish(), await world.uncordon()], [[], []]);
});

test("so is one that had nothing to move: its node takes pods again before another one is drained", async () => {
  const world = await drained({ moved: [] });
  const actions = await world.finish();
  assert.is(actions.length, 1);
  await run(actions);
  assert.equal(world.node, { metadata: { name: "agent1", annotations: {} }, spec: {} });
});

test("one whose node has still the former K3s is finished by its upgrade", async () => {
  const world = await drained({ sum: "of the former" });
  assert.equal([await world.finish(), await world.uncordon()], [[], []]);
});

test("a node that runs the wanted version and was not let go is called one whose upgrade goes on", async () => {
  const world = await drained({ sum: "of the former" });
  const reports = { status: { nodeInfo: { kubeletVersion: release.version } } };
  world.node = merge(world.node, reports) as KubeNode;
  assert.equal(await world.upgrade(), ["agent1: go on with the upgrade to K3s v1.34.4+modules"]);
});

test("what does not come back is told once", async () => {
  const world = await drained({ looks: [1] });
  const error = await run(await world.finish())?.catch((thrown: unknown) => thrown);
  assert.is((error as Problem).id, "LAB-K3S-017");
  assert.equal(await world.finish(), []);
});

test.run();
