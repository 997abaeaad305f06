// Real labs while a VIF is connected that forwards into them: what docs/recursion.md says of `lab:up`, with real pods,
// kube-proxy and flannel. The traffic manager is a process in the network of a pod, or of the node.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  connectTelepresence,
  emulateHost,
  lan,
  namesAt,
  runClient,
  seedLan,
  type World,
  rootOnly,
} from "@k3s-lab/testbed";
import { cap, measure } from "../../packages/doctor/test/matrix/measure.js";
import { driveLab, type DrivenLab, eventually } from "./drive-lab.js";

const test = suite("a lab and a forwarding VIF");
const realTest = rootOnly("a lab and a forwarding VIF", test);

const privateLan = "nodes: [{ name: multi, role: server }]\n";
const bridged = `network: { mode: bridged }
nodes:
  - { name: multi, role: server, address: 192.168.1.110 }
`;

interface Network {
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly clusterDns: string;
  readonly lan: { readonly bridge: string };
}

let world: World;
let lab: DrivenLab;
const network = () => lab.state<Network>("host-network.json");
const host = async (script: string) => (await world.host.run("sh", ["-ec", script])).stdout;
const inside = (node: string, script: string) => lab.npmOk("lab:exec", [node, "sh", "-c", script]);

async function begin(options: Parameters<typeof emulateHost>[0], yaml: string): Promise<void> {
  world = await emulateHost(options);
  lab = await driveLab(world.host, yaml);
  await lab.npmOk("lab:up");
}

async function end(): Promise<void> {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
}
test.after(end);

/** A program that runs in the network of a pod, and one in that of the node; as the host sees them. */
const managers = { pod: "coredns", node: "containerd-shim" } as const;

/** The kubernetes service: 10.43.0.1 for 10.43.0.0/16. Nobody serves the last address. */
const inServices = (last: string) => network().serviceCidr.replace(/0\.0\/\d+$/, last);

const requests = {
  "TCP, unserved": ["pod", "tcp", () => inServices("3.9"), "80"],
  "TCP, wrong port": ["pod", "tcp", () => inServices("0.1"), "81"],
  UDP: ["pod", "udp", () => inServices("3.9"), "5000"],
  "TCP, manager with hostNetwork": ["node", "tcp", () => inServices("3.8"), "80"],
} as const;
type RequestName = keyof typeof requests;
const names = Object.keys(requests) as RequestName[];

/** Which requests loop; each of the others makes one connection in the VIF. What is served is served meanwhile. */
async function looping(nameserver: string, expected: readonly RequestName[]): Promise<readonly RequestName[]> {
  const found: RequestName[] = [];
  for (const [manager, program] of Object.entries(managers)) {
    const pid = Number(await host(`pgrep -o -x ${program}`));
    const { podCidr, serviceCidr, clusterDns } = network();
    await using vif = await connectTelepresence(world.host, {
      cidrs: [podCidr, serviceCidr],
      manager: pid,
      names: { nameserver, resolver: clusterDns },
      most: cap,
    });
    await eventually(
      "the API server answers through the VIF",
      async () => (await world.host.run(process.execPath, ["-e", askApi, inServices("0.1")])).stdout === "answered",
    );
    for (const name of names.filter((each) => requests[each][0] === manager)) {
      const [, what, addressOf, to] = requests[name];
      const address = addressOf();
      const count = () =>
        vif.taken.filter((it) => it.protocol === what && it.address === address && it.port === Number(to)).length;
      const seen = await measure(() => runClient(world.host, what, address, to), count, expected.includes(name));
      if (seen >= cap) found.push(name);
      else assert.ok(seen <= 1, `${name}: ${seen} connections`);
    }
    // CoreDNS asks the resolver that lab:up has chosen.
    const asked = () => vif.taken.filter(({ address }) => address === namesAt).length;
    assert.ok(
      (await measure(() => runClient(world.host, "name", nameserver, `${manager}.example`), asked, false)) <= 1,
    );
  }
  return found;
}

const askApi = `const { request } = require("node:https");
request({ host: process.argv[1], path: "/version", rejectUnauthorized: false, timeout: 5000 }, () => {
  console.log("answered"); process.exit(); }).on("error", (error) => { console.log(error.code); process.exit(); }).end();
setTimeout(() => process.exit(), 5000);`;

const bridge = () => network().lan.bridge;
const unroute = () => host(`ip -4 rule del priority 1076 iif ${bridge()}`);
const unguardHost = () => host(`nft delete table inet k3s_lab_${bridge().replace("k3slab-", "")}_guard`);
const unguardNode = () => inside("multi", "systemctl stop lab-node-guard; /etc/k3s-lab/node-guard remove");

realTest("private: nothing loops", async () => {
  await begin({}, privateLan);
  assert.equal(await looping(lan.routerAddress, []), []);
});

realTest("private: the host's side alone, its guard alone and the node guard alone suffice", async () => {
  await unguardNode();
  assert.equal(await looping(lan.routerAddress, []), [], "table and host guard");
  await unroute();
  assert.equal(await looping(lan.routerAddress, []), [], "host guard");
  await lab.npmOk("lab:up");
  await unroute();
  await unguardHost();
  assert.equal(await looping(lan.routerAddress, []), [], "node guard");
});

realTest("private: without any of them everything loops, so this test can fail; lab:up ends it", async () => {
  await unguardNode();
  assert.equal(await looping(lan.routerAddress, names), names);
  await lab.npmOk("lab:up");
  assert.equal(await looping(lan.routerAddress, []), []);
  await end();
});

realTest("bridged: nothing loops, without a guard neither: the router gets it", async () => {
  await begin({ lan: "seed" }, bridged);
  assert.equal(await looping(seedLan.routerAddress, []), []);
  await unguardNode();
  assert.equal(await looping(seedLan.routerAddress, []), []);
  await end();
});

test.run();
