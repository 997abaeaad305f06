// The experiment on real labs, while a VIF is connected that maps the whole cluster and tells each packet.
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { CanaryReport } from "@k3s-lab/doctor/canary";
import { diffSnapshots, emulateHost, type Snapshot, type Vif, type World, rootOnly } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab, eventually, root } from "./drive-lab.js";

const test = suite("a lab's canary");
const realTest = rootOnly("a lab's canary", test);

const privateLan = "nodes: [{ name: multi, role: server }, { name: agent1 }]\n";
const bridged = `network: { mode: bridged }
nodes:
  - { name: multi, role: server, address: 192.168.1.110 }
`;

let world: World;
let lab: DrivenLab;
let vif: Vif;
let before: Snapshot;

async function begin(options: Parameters<typeof emulateHost>[0], yaml: string): Promise<void> {
  world = await emulateHost(options);
  lab = await driveLab(world.host, yaml);
  before = await lab.snapshot();
  await lab.npmOk("lab:up");
  const { podCidr, serviceCidr } = lab.state<Network>("host-network.json");
  vif = await world.host.connectVif({ cidrs: [podCidr, serviceCidr] });
}

async function end(): Promise<void> {
  await vif?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
}
test.after(end);

interface Network {
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly lan: { readonly bridge: string };
}

const program = `import { openLab } from "@k3s-lab/lab";
import { proveNoLoop } from "@k3s-lab/doctor/canary";
const lab = await openLab(process.argv[1]);
console.log(JSON.stringify(await proveNoLoop(lab, new AbortController().signal)));`;

async function prove(): Promise<CanaryReport> {
  const args = ["--input-type=module", "-e", program, join(lab.dir, "lab.yaml")];
  return JSON.parse((await world.host.run(process.execPath, args, { cwd: root })).stdout) as CanaryReport;
}

/** "multi node safe refused 0/0", ... */
const seen = ({ sources }: CanaryReport) =>
  sources.map((each) => `${each.name} ${each.kind} ${each.verdict} ${each.outcome} ${each.forward}/${each.output}`);
const everywhere = (what: string, on = ["multi", "agent1"]) =>
  on.flatMap((name) => [`${name} node ${what}`, `${name} pod ${what}`]);

const traces = async () =>
  (await world.host.run("sh", ["-c", "ip -br link | grep tlcan; nft list tables | grep canary"], { answers: "any" }))
    .stdout;
const inside = (node: string, script: string) => lab.npmOk("lab:exec", [node, "sh", "-c", script]);
const unguard = (node: string) => inside(node, "systemctl stop lab-node-guard; /etc/k3s-lab/node-guard remove");

realTest(
  "private: safe on every node and in a pod's network on it, in under two seconds; nothing comes to the VIF",
  async () => {
    await begin({}, privateLan);
    // The machine may be busy with other work: once is enough.
    await eventually("an experiment in under two seconds", async () => {
      const report = await prove();
      assert.equal(seen(report), everywhere("safe refused 0/0"));
      assert.is(report.verdict, "safe");
      assert.equal(report.findings, []);
      return report.milliseconds < 2000;
    });
    assert.equal(vif.packets, []);
    assert.is(await traces(), "");
  },
);

realTest("private: the pod's network that is made on a node without pods is removed again", async () => {
  assert.not.ok((await inside("agent1", "ip link; ip route")).includes("lab-canary"));
});

realTest("private: without guards it loops, and doctor reports where; still nothing comes to the VIF", async () => {
  const { lan } = lab.state<Network>("host-network.json");
  await unguard("agent1");
  // The host alone suffices.
  const { verdict, sources } = await prove();
  assert.is(verdict, "safe");
  assert.equal(
    sources.flatMap(({ forward, output }) => [forward, output]),
    Array(8).fill(0),
  );
  await world.host.run("sh", [
    "-ec",
    `nft delete table inet k3s_lab_${lan.bridge.replace("k3slab-", "")}_guard; ip -4 rule del priority 1076 iif ${lan.bridge}`,
  ]);
  const report = await prove();
  assert.is(report.verdict, "loops");
  assert.equal(report.causes, ["forwarded"]);
  assert.equal(seen(report), [
    "multi node safe refused 0/0",
    "multi pod safe refused 0/0",
    "agent1 node loops refused 1/0",
    "agent1 pod loops refused 1/0",
  ]);
  assert.equal(
    report.findings.map(({ rule: { id, severity }, subject }) => `${id} ${severity} ${subject}`),
    ["C1 error agent1", "C1 error pods of agent1"],
  );
  assert.equal(vif.packets, []);
});

realTest("private: lab:up heals it", async () => {
  await lab.npmOk("lab:up");
  assert.equal(seen(await prove()), everywhere("safe refused 0/0"));
  assert.equal(vif.packets, []);
});

realTest("private: a stopped node, or an API that does not answer, is reported and is no proof", async () => {
  await inside("multi", "systemctl stop k3s");
  const { verdict, findings, sources } = await prove();
  assert.is(verdict, "unproven");
  assert.equal(sources, []);
  assert.match(findings.map(({ subject, seen: what }) => `${subject} ${what}`).join(), /^https:.*cannot be reached/);
  assert.is(await traces(), "");
});

realTest("private: lab:down removes what a killed doctor left", async () => {
  await world.host.run("sh", ["-ec", "nft add table inet k3s_lab_canary; ip tuntap add mode tun name tlcan0"]);
  assert.match((await lab.npm("lab:down")).stderr, "host: remove the canary of a doctor that was killed");
  await vif[Symbol.asyncDispose]();
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
  await end();
});

realTest("bridged: safe, even without any guard: the router gets the packets", async () => {
  await begin({ lan: "seed" }, bridged);
  assert.equal(seen(await prove()), everywhere("safe refused 0/0", ["multi"]));
  await unguard("multi");
  const { verdict, sources, target } = await prove();
  assert.is(verdict, "safe");
  for (const { forward, output, outcome } of sources) {
    assert.equal({ forward, output }, { forward: 0, output: 0 });
    assert.ok(outcome === "unreachable" || outcome === "timed out", outcome);
  }
  const arrived = (await world.router?.arrivals())?.filter(({ destination }) => destination === target) ?? [];
  assert.equal([...new Set(arrived.map(({ source }) => source))], ["192.168.1.110"]);
  assert.equal(vif.packets, []);
  assert.is(await traces(), "");
  await end();
});

test.run();
