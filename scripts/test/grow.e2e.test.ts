// A lab that runs is changed by its lab.yaml: nodes come, go, and get other names. Those that stay go on.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemDir } from "@k3s-lab/host";
import { labDigest } from "@k3s-lab/lab";
import type { Pod } from "@k3s-lab/kube";
import { rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { planThenUp } from "./compare-plan.js";
import {
  type DrivenLab,
  eventually,
  modulesBuild,
  readyNodes,
  root,
  upChangesNothing,
  type List,
} from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { startKillable } from "./kill-command.js";

const test = suite("a lab that grows and shrinks");
const realTest = rootOnly("a lab that grows and shrinks", test);

const withNodes = (...agents: readonly string[]) =>
  ["nodes:", "  - { name: multi, role: server }", ...agents.map((agent) => `  - { name: ${agent} }`), ""].join("\n");
const three = withNodes("agent1", "agent2");

let world: World;
let lab: DrivenLab;

shareLab(test, {
  yaml: three,
  async ready(shared) {
    ({ world, lab } = shared);
    await lab.npmOk("lab:up");
    const { folder } = await modulesBuild();
    const arch = process.arch === "arm64" ? "arm64" : "amd64";
    await lab.npmOk("load", [join(folder, `k3s-airgap-registry-${arch}.tar`), "--name", "acme/web:1"]);
  },
});

const inside = async (node: string, script: string) => (await lab.npmOk("lab:exec", [node, "sh", "-c", script])).trim();

/** The processes of K3s on the nodes that stay. */
const running = async () => [
  await inside("multi", "systemctl show --property=MainPID k3s"),
  await inside("agent1", "systemctl show --property=MainPID k3s-agent"),
];

/** The nodes on which pods of the workload run. */
async function nodesOfWeb(): Promise<readonly string[]> {
  const { items } = await lab.kubectlJson<List<Pod>>("get", "pods", "--selector=app=web");
  return items.flatMap(({ spec, status }) => (status?.phase === "Running" ? (spec?.nodeName ?? []) : [])).toSorted();
}

/** A workload of two pods on two nodes, and a budget that forbids to evict either. */
async function runWeb(): Promise<void> {
  const labels = { app: "web" };
  const avoids = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } };
  const container = { name: "web", image: "acme/web:1", imagePullPolicy: "Never" };
  const spec = {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [avoids] } },
    terminationGracePeriodSeconds: 2,
    containers: [container],
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  const manifest = JSON.stringify({ apiVersion: "v1", kind: "List", items: [deployment, budget(2)] });
  // The server takes none of them as long as there are two agents.
  await lab.kubectl("cordon", "multi");
  await applied(manifest);
  await eventually("web runs on both agents", async () => (await nodesOfWeb()).join() === "agent1,agent2");
  await lab.kubectl("uncordon", "multi");
}

const budget = (minAvailable: number) => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "web" },
  spec: { minAvailable, selector: { matchLabels: { app: "web" } } },
});

async function applied(manifest: string): Promise<void> {
  await lab.npmOk("kubectl", ["apply", "--filename=-"], { input: manifest });
}

interface NodeObject {
  readonly spec: { readonly unschedulable?: boolean };
}
const isCordoned = async (node: string) =>
  (await lab.kubectlJson<NodeObject>("get", "node", node)).spec.unschedulable === true;

realTest("a lab:up that is killed while it drains leaves a cordoned node, which lab.yaml can have back", async () => {
  await runWeb();
  const before = await running();
  lab.configure(withNodes("agent1"));
  const plan = await lab.npmOk("lab:plan");
  assert.match(plan, /^agent2 \(not in lab.yaml\)\n  - drain the node within 180 s and take it out of the cluster/m);
  assert.match(plan, "(interrupts agent2's pods, which are made again elsewhere)");
  assert.match(plan, "destroys agent2's disk, with the volumes and images on it");
  const command = ["npm", "run", "-s", "lab:up", "--", "--yes", "--config", `${lab.dir}/lab.yaml`];
  {
    await using up = await startKillable(world.host, command, { cwd: root, output: join(lab.dir, "killed.log") });
    await eventually("agent2 is cordoned", () => isCordoned("agent2"));
    assert.equal(await nodesOfWeb(), ["agent1", "agent2"], "its budget holds it");
    await up.kill();
  }
  lab.configure(three);
  const { differences } = await planThenUp(lab);
  assert.equal(differences, []);
  assert.not.ok(await isCordoned("agent2"));
  assert.equal(await nodesOfWeb(), ["agent1", "agent2"]);
  assert.equal(await running(), before);
});

realTest("a node gets another name: the old one is drained, the new one joins, the others go on", async () => {
  const before = await running();
  await applied(JSON.stringify(budget(1)));
  lab.configure(withNodes("agent1", "second"));
  const { differences, exitCode } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.equal(await readyNodes(lab), ["agent1", "multi", "second"]);
  const passwords = await lab.kubectl("get", "secrets", "--namespace=kube-system", "--output=name");
  assert.match(passwords, "secret/second.node-password.k3s");
  assert.not.match(passwords, "agent2.node-password");
  assert.not.match(await nodesOfWeb().then((names) => names.join()), "agent2");
  assert.equal(await running(), before);
  await upChangesNothing(lab);
});

interface Capacity {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly capacity: { readonly pods: string } };
  }[];
}

/** How many pods each node takes, as its kubelet says. */
async function capacities(): Promise<Readonly<Record<string, string>>> {
  const { items } = await lab.kubectlJson<Capacity>("get", "nodes");
  return Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, status.capacity.pods]));
}

realTest("what a cluster cannot become is planned as a lab that is made anew, and nothing is touched", async () => {
  const before = await running();
  lab.configure(`${withNodes("agent1", "second")}cluster: { podCidr: 10.99.0.0/16 }\n`);
  const plan = await lab.npmOk("lab:plan");
  assert.match(plan, "cluster.podCidr: is 10.99.0.0/16, and the cluster was made with 10.42.0.0/16");
  assert.match(plan, "Then the lab is made from scratch");
  const { exitCode, stderr } = await lab.npm("lab:up");
  assert.is(exitCode, 2);
  assert.match(stderr, "LAB-PLN-001");
  lab.configure(withNodes("agent1", "second"));
  assert.equal(await running(), before);
  await upChangesNothing(lab);
});

realTest("a flag of K3s restarts it on the nodes that have the flag, and their pods go on", async () => {
  const [server] = await running();
  const web = async () =>
    lab.kubectl("get", "pods", "--selector=app=web", "--output=jsonpath={.items[*].metadata.uid}");
  const pods = await web();
  const flags = (agent: string) =>
    lab.configure(withNodes("agent1", "second").replace("agent1 }", `agent1, k3s: { ${agent} } }`));
  flags("kubelet-arg: [max-pods=50], kubelet-args: x");
  const refused = await lab.npm("lab:up");
  assert.is(refused.exitCode, 2);
  assert.match(refused.stderr, "nodes.1.k3s.kubelet-args: is no flag of `k3s agent`");
  assert.match(refused.stderr, "(did you mean kubelet-arg?)");
  flags("kubelet-arg: [max-pods=50]");
  const plan = await lab.npmOk("lab:plan");
  assert.match(plan, /^1 node to restart K3s on; \d actions\n/, plan);
  assert.match(plan, "(interrupts exec and logs of agent1's pods, which go on)");
  const { differences, exitCode } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.equal(await capacities(), { agent1: "50", multi: "110", second: "110" });
  assert.equal([(await running())[0], await web()], [server, pods]);
  lab.configure(
    `${withNodes("agent1", "second")}cluster: { k3s: { kube-apiserver-arg: [max-requests-inflight=410] } }\n`,
  );
  assert.match(await lab.npmOk("lab:plan"), "(interrupts the cluster's API; pods go on)");
  const all = await planThenUp(lab);
  assert.equal([all.exitCode, all.differences], [0, []]);
  assert.equal(await capacities(), { agent1: "110", multi: "110", second: "110" });
  assert.is(await web(), pods);
  await upChangesNothing(lab);
});

realTest("a node whose machine stands still is removed at once, and its name can be had again", async () => {
  const before = await running();
  const machines = join(systemDir, labDigest(join(lab.dir, ".lab")), "machines");
  await world.host.run("lxc-stop", ["--kill", "--name", "second", "--lxcpath", machines]);
  // With the flags of before: without them, K3s on the server would be restarted.
  lab.configure(
    `${withNodes("agent1", "agent2")}cluster: { k3s: { kube-apiserver-arg: [max-requests-inflight=410] } }\n`,
  );
  const started = performance.now();
  const { differences, exitCode } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.ok(performance.now() - started < 120_000, "the drain's deadline was not waited for");
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
  assert.equal(await running(), before);
  await upChangesNothing(lab);
});

realTest("a folder of the host is mounted on every machine, which are restarted as lab:plan shows", async () => {
  mkdirSync(join(lab.dir, "src"));
  writeFileSync(join(lab.dir, "src/hello"), "hello");
  const flags = "cluster: { k3s: { kube-apiserver-arg: [max-requests-inflight=410] } }\n";
  lab.configure(`${three}${flags}machines: { mounts: [{ from: ./src, to: /src }] }\n`);
  const { differences, exitCode } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  for (const node of ["multi", "agent2"]) assert.is(await lab.npmOk("lab:exec", [node, "cat", "/src/hello"]), "hello");
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
  await upChangesNothing(lab);
});

test.run();
