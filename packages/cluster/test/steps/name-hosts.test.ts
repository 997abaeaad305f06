import type { Api, KubeObject } from "@k3s-lab/kube";
import { type ActionContext, Facts, type Step } from "@k3s-lab/steps";
import type { Kube } from "../../src/kube.js";
import { nothingSeen } from "../../src/node/node-seen.js";
import { nameHostsStep } from "../../src/steps/name-hosts.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster name-hosts");

const hostAt = (ip: string) => [{ ip, hostnames: ["host.k3s-lab.internal"] }];

const context = { signal: new AbortController().signal, progress: () => {}, note: () => {} };

/** A cluster with that ConfigMap, which applying merges into. */
function kubeWith(data?: Readonly<Record<string, string>>) {
  let custom = data && ({ data } as unknown as KubeObject);
  const paths: string[] = [];
  const api = {
    find: async () => custom,
    apply: async (path: string, object: KubeObject) => {
      paths.push(path);
      custom = { ...object, data: { ...(custom?.data as object), ...(object.data as object) } };
      return object;
    },
  } as unknown as Api;
  const kube = { server: "multi", see: async () => ({ nodes: new Map(), api, objects: new Map() }) } as unknown as Kube;
  return { kube, paths, data: () => custom?.data as Readonly<Record<string, string>> | undefined };
}

async function planned(step: Step) {
  const facts = new Facts();
  const plan = step.plan(await step.observe(facts));
  assert.ok(Array.isArray(plan));
  return { actions: plan, facts };
}

async function carryOut(step: Step): Promise<readonly string[]> {
  const { actions, facts } = await planned(step);
  for (const action of actions) await action.run({ ...context, facts } as ActionContext);
  return actions.map(({ sentence }) => sentence);
}

test("an API that has told nothing of the nodes is not waited for once more", async () => {
  const find = async () => assert.unreachable("it was asked again");
  const kube = { server: "multi", see: async () => ({ nodes: new Map(), api: { find } }) } as unknown as Kube;
  const { actions } = await planned(nameHostsStep(kube, hostAt("10.76.0.1")));
  assert.is(actions.length, 1);
});

test("adds its own part to a ConfigMap of the cluster's user, once", async () => {
  const { kube, paths, data } = kubeWith({ "corp.server": "corp.example:53 {}" });
  const step = nameHostsStep(kube, hostAt("10.76.0.1"));
  assert.equal(await carryOut(step), ["multi: name host.k3s-lab.internal for pods"]);
  assert.equal(paths, ["/api/v1/namespaces/kube-system/configmaps/coredns-custom"]);
  assert.equal(Object.keys(data() ?? {}), ["corp.server", "k3s-lab.server"]);
  assert.match(
    data()?.["k3s-lab.server"] ?? "",
    /^host\.k3s-lab\.internal:53 \{[^]* 10\.76\.0\.1 host\.k3s-lab\.internal\n/,
  );
  assert.equal(await carryOut(step), []);
  assert.is((await carryOut(nameHostsStep(kube, hostAt("192.168.1.17")))).length, 1, "another address");
});

test("a plan before there is a cluster has the sentence, too; of one that stands still, for what it may have", async () => {
  const plan = async (seen?: object) => {
    const see = async () => ({ nodes: new Map([["multi", { ...nothingSeen, ...seen }]]) });
    return (await planned(nameHostsStep({ server: "multi", see } as unknown as Kube, hostAt("10.76.0.1")))).actions;
  };
  assert.equal(
    (await plan()).map(({ provided }) => provided),
    [undefined],
  );
  assert.equal(
    (await plan({ joinToken: "" })).map(({ provided }) => provided),
    ["if the cluster does not start with it"],
  );
});

test("what lab.yaml names is named once, though two addresses have it", async () => {
  const { kube, data } = kubeWith();
  const aliases = [
    { ip: "192.168.1.5", hostnames: ["registry.corp", "registry"] },
    { ip: "192.168.1.6", hostnames: ["registry.corp"] },
    ...hostAt("10.76.0.1"),
  ];
  const sentences = await carryOut(nameHostsStep(kube, aliases));
  assert.equal(sentences, ["multi: name registry.corp, registry, host.k3s-lab.internal for pods"]);
  const text = data()?.["k3s-lab.server"] ?? "";
  assert.match(text, /^registry\.corp:53 registry:53 host\.k3s-lab\.internal:53 \{\n/);
  assert.match(text, "    192.168.1.5 registry.corp registry\n    192.168.1.6 registry.corp\n    10.76.0.1 host");
});

test.run();
