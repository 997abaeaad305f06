import { type Api, ApiRefused, type KubeNode, type Pod } from "@k3s-lab/kube";
import type { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cordon, drain, isCordonedByLab, uncordon } from "../src/drain.js";
import { merge } from "./fake-lab.js";

const test = suite("cluster drain");
const { signal } = new AbortController();

const pod = (name: string, changes: object = {}): Pod =>
  merge(
    {
      metadata: { name, namespace: "shop", uid: name, ownerReferences: [{ kind: "ReplicaSet", controller: true }] },
      spec: { nodeName: "agent2" },
      status: { phase: "Running" },
    },
    changes,
  ) as Pod;

/** An API of one node, whose pods end at the look after the one that evicted them. */
function cluster(pods: readonly Pod[], refuse: (name: string) => ApiRefused | undefined = () => undefined) {
  const status = { conditions: [{ type: "Ready", status: "True" }] };
  const world = {
    node: { metadata: { name: "agent2" }, status } as KubeNode,
    pods: [...pods],
    evicted: [] as string[],
    isStuck: false,
  };
  const api = {
    get: async () => world.node,
    find: async () => world.node,
    patch: async (_path: string, fields: object) => (world.node = merge(world.node, fields) as KubeNode),
    list: async () => {
      const seen = world.pods;
      world.pods = seen.filter(({ metadata }) => metadata.deletionTimestamp === undefined || world.isStuck);
      return seen;
    },
    create: async (path: string, { kind, deleteOptions }: { kind: string; deleteOptions: object }) => {
      const [, name = ""] = /^\/api\/v1\/namespaces\/shop\/pods\/(.*)\/eviction$/.exec(path) ?? [];
      assert.is(kind, "Eviction");
      assert.equal(deleteOptions, { preconditions: { uid: name } });
      const refusal = refuse(name);
      if (refusal !== undefined) throw refusal;
      world.evicted.push(name);
      world.pods = world.pods.map((each) =>
        each.metadata.name === name ? (merge(each, { metadata: { deletionTimestamp: "now" } }) as Pod) : each,
      );
    },
  } as unknown as Api;
  return Object.assign(world, { api });
}

const told: string[] = [];
const draining = (api: Api, within = 5_000) =>
  drain({ api, node: "agent2", within, signal, progress: (message) => void told.push(message) });

const budget = (name: string) =>
  new ApiRefused("https://x", `POST ${name}`, 429, "Cannot evict pod as it would violate the pod's disruption budget.");

test("a node is cordoned, its pods are evicted, and those that belong to the node stay", async () => {
  const world = cluster([
    pod("web"),
    pod("hers", { metadata: { ownerReferences: [] } }),
    pod("log", { metadata: { ownerReferences: [{ kind: "DaemonSet", controller: true }] } }),
    pod("of-a-file", { metadata: { annotations: { "kubernetes.io/config.mirror": "1" } } }),
    pod("done", { status: { phase: "Succeeded" } }),
  ]);
  assert.is(await draining(world.api), "drained");
  assert.equal(world.evicted, ["web", "hers"]);
  assert.is(world.node.spec?.unschedulable, true);
  assert.equal(
    world.pods.map(({ metadata }) => metadata.name),
    ["log", "of-a-file", "done"],
  );
});

test("a budget is kept: what it refuses is asked for again", async () => {
  let times = 0;
  const world = cluster([pod("web"), pod("other")], (name) =>
    name === "web" && times++ < 2 ? budget(name) : undefined,
  );
  assert.is(await draining(world.api), "drained");
  assert.is(times, 3);
  assert.match(told.join("\n"), "agent2: 2 pods are still there: shop/web: Cannot evict pod as it would violate");
});

test("a node that is not drained in time stays cordoned, and the error tells which pod stayed, and why", async () => {
  const world = cluster([pod("web")], budget);
  const problem = (await draining(world.api, 20).catch((error: unknown) => error)) as Problem;
  assert.is(problem.id, "LAB-K3S-010");
  assert.match(problem.message, "agent2: is not drained after 0.02 s: 1 pod is still there: shop/web: Cannot evict");
  assert.ok(isCordonedByLab(world.node));
});

test("pods that end slowly are waited for, and nothing else is told", async () => {
  const world = cluster([pod("slow")]);
  world.isStuck = true;
  const problem = (await draining(world.api, 20).catch((error: unknown) => error)) as Problem;
  assert.match(problem.message, "1 pod is still there: shop/slow has to end");
  assert.equal(world.evicted, ["slow"]);
});

test("the pods of a node that reports no more are not waited for", async () => {
  const world = cluster([pod("web")]);
  world.node = merge(world.node, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } }) as KubeNode;
  assert.is(await draining(world.api), "unreachable");
});

test("an API that is away for a moment is asked again", async () => {
  let times = 0;
  const world = cluster([pod("web")]);
  const { list } = world.api;
  world.api.list = (async (...args: Parameters<typeof list>) => {
    if (times++ === 0) throw new ApiRefused("https://x", "GET", 503, "starting");
    return list.apply(world.api, args);
  }) as typeof list;
  assert.is(await draining(world.api), "drained");
});

test("k3s-lab takes back its own cordon, and never a person's", async () => {
  const own = cluster([]);
  await cordon(own.api, "agent2", signal);
  assert.equal([own.node.spec?.unschedulable, isCordonedByLab(own.node)], [true, true]);
  await uncordon(own.api, "agent2", signal);
  assert.equal([own.node.spec?.unschedulable, isCordonedByLab(own.node)], [undefined, false]);
  const hers = cluster([]);
  hers.node = merge(hers.node, { spec: { unschedulable: true } }) as KubeNode;
  await cordon(hers.api, "agent2", signal);
  await uncordon(hers.api, "agent2", signal);
  assert.is(hers.node.spec?.unschedulable, true);
});

test.run();
