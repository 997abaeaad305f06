import type { ClusterLook, KubeNode, Pod } from "@k3s-lab/kube";
import type { MachineState } from "@k3s-lab/machines";
import { type Action, Facts } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clusterRecord } from "../../src/record.js";
import { drainRemovedStep } from "../../src/steps/drain-removed.js";
import { cluster, emptyLab, network, release } from "../world.js";

const test = suite("cluster drain-removed");

interface Standing {
  readonly states?: Readonly<Record<string, MachineState>>;
  readonly ready?: string;
  readonly label?: string;
  readonly pods?: readonly object[];
}

async function planned({ states = {}, ready = "True", label, pods = [] }: Standing) {
  const lab = await emptyLab();
  // That anybody may look at.
  const config = { ...lab.config, machines: { ...lab.config.machines, provider: "vagrant" as const } };
  const { source, version, folder, binary, archives } = release;
  const asked = { source: "auto", version, baseUrl: "https://x" } as const;
  const kubeconfig = lab.state.path("kubeconfig");
  const recorded = { ...network, ...cluster, source, version, folder, binary, archives, asked, kubeconfig };
  const { lan: _lan, ...fields } = { ...recorded, serverNode: "multi" };
  lab.state.write(clusterRecord, fields);
  const all: Readonly<Record<string, MachineState>> = {
    multi: "running",
    agent1: "running",
    agent2: "running",
    ...states,
  };
  const names = Object.keys(all);
  let looks = 0;
  const look = async (): Promise<ClusterLook> => {
    looks++;
    const conditions = [{ type: "Ready", status: ready }];
    const nodes = names.map((name) => ({
      metadata: { name, labels: { "k3s-lab": label ?? lab.id } },
      status: { conditions },
    }));
    return { nodes: nodes as readonly KubeNode[], pods: pods as readonly Pod[] };
  };
  const driver = { timeoutFactor: 2, names: async () => names, state: async (name: string) => all[name] ?? "absent" };
  const step = drainRemovedStep({ ...lab, config }, driver, look);
  const actions = step.plan(await step.observe(new Facts())) as readonly Action[];
  return { actions, looks };
}

const sentence =
  "agent3: drain the node within 360 s and take it out of the cluster, because lab.yaml does not name it any more";

test("a node that lab.yaml does not name any more is drained, and the plan says what that interrupts", async () => {
  const { actions } = await planned({ states: { agent3: "running" } });
  assert.equal(
    actions.map(({ on, kind, interrupts, destroys, sentence: said }) => [on, kind, interrupts, destroys, said]),
    [["agent3", "remove", "agent3's pods, which are made again elsewhere", undefined, sentence]],
  );
});

test("what a drain destroys is named: pods that nothing makes again, and emptyDir volumes", async () => {
  const spec = { nodeName: "agent3", volumes: [{ name: "x", emptyDir: {} }] };
  const pods = [
    { metadata: { name: "hers", namespace: "shop" }, spec },
    { metadata: { name: "elsewhere", namespace: "shop" }, spec: { nodeName: "agent1" } },
  ];
  const { actions } = await planned({ states: { agent3: "running" }, pods });
  const said = "the pod shop/hers, which nothing makes again; what agent3's pods have in emptyDir volumes";
  assert.is(actions[0]?.destroys, said);
});

test("nothing is waited for where it would be in vain, nor asked where nothing goes", async () => {
  assert.equal(await planned({}), { actions: [], looks: 0 });
  const stopped = { multi: "stopped", agent3: "running" } as const;
  assert.equal(await planned({ states: stopped }), { actions: [], looks: 0 }, "no API");
  assert.equal((await planned({ states: { agent3: "stopped" } })).actions, [], "a machine that stands still");
  assert.equal((await planned({ states: { agent3: "running" }, ready: "Unknown" })).actions, [], "a silent node");
  assert.equal((await planned({ states: { agent3: "running" }, label: "other" })).actions, [], "another's node");
});

test.run();
