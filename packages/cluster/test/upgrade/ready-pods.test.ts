import type { Pod } from "@k3s-lab/kube";
import type { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { untilBack, type Workload, workloadsOn } from "../../src/upgrade/ready-pods.js";

const test = suite("cluster ready-pods");
const { signal } = new AbortController();

const pod = (name: string, nodeName: string, owner: string | undefined, ready = true, kind = "ReplicaSet"): Pod => ({
  metadata: {
    name,
    namespace: "shop",
    ownerReferences: owner === undefined ? [] : [{ kind, name: owner, uid: `uid of ${owner}`, controller: true }],
  },
  spec: { nodeName },
  status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

/** An API whose pods change from look to look. */
function api(looks: readonly (readonly Pod[])[], replicas: Readonly<Record<string, number>> = {}) {
  const left = [...looks];
  return {
    list: async <Item>() => ((left.length > 1 ? left.shift() : left[0]) ?? []) as unknown as readonly Item[],
    find: async <Value>(path: string) => {
      const count = replicas[path.split("/").at(-1) ?? ""];
      return (count === undefined ? undefined : { spec: { replicas: count } }) as Value | undefined;
    },
  };
}

const web: Workload = {
  name: "shop/web",
  path: "/apis/apps/v1/namespaces/shop/replicasets/web",
  uid: "uid of web",
  ready: 2,
};

const back = (workloads: readonly Workload[], from: ReturnType<typeof api>, within = 5000) =>
  untilBack(workloads, {
    api: from,
    node: "agent1",
    startedAt: 0,
    kubeletVersion: undefined,
    within: () => within,
    signal,
    progress: () => {},
  });

test("the workloads of a node are those that keep a number of pods, with all that are ready anywhere", async () => {
  const pods = [
    pod("web-1", "agent1", "web"),
    pod("web-2", "agent2", "web"),
    pod("web-3", "agent2", "web", false),
    pod("log", "agent1", "log", true, "DaemonSet"),
    pod("hers", "agent1", undefined),
    pod("other", "agent2", "other"),
  ];
  assert.equal(await workloadsOn(api([pods]), "agent1", signal), [web]);
});

test("a pod that is made again elsewhere is waited for until it is ready", async () => {
  const before = [pod("web-2", "agent2", "web")];
  const from = api(
    [before, [...before, pod("web-4", "multi", "web", false)], [...before, pod("web-4", "multi", "web")]],
    {
      web: 2,
    },
  );
  await back([web], from);
  const [last] = await from.list<Pod>();
  assert.is(last?.metadata.name, "web-2");
});

test("what was scaled down or replaced meanwhile is not waited for", async () => {
  const one = [pod("web-2", "agent2", "web")];
  await back([web], api([one], { web: 1 }));
  await back([web], api([[]], { web: 0 }));
  await back([web], api([[]]));
});

test("a workload that does not come back is named", async () => {
  const error = await back([web], api([[pod("web-2", "agent2", "web")]], { web: 2 }), 20).catch(
    (thrown: unknown) => thrown,
  );
  const { id, message } = error as Problem;
  assert.is(id, "LAB-K3S-017");
  assert.match(message, "agent1: was upgraded, and after 0.02 s 1 pod of shop/web not ready again. See why:");
});

test.run();
