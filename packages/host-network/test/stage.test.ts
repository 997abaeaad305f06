import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCidr } from "@k3s-lab/ip";
import { type Lab, openLab } from "@k3s-lab/lab";
import type { Remains } from "@k3s-lab/stages";
import { Facts } from "@k3s-lab/steps";
import { bridgeOf, type Host, type HostNetwork, hostNetworkStage } from "../src/index.js";
import { desktop, withLink } from "./fixtures/hosts.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network stage");

interface Case {
  readonly yaml?: string;
  readonly remains?: Remains;
  readonly recorded?: HostNetwork;
  /** What is on the host, told the lab's id. */
  readonly host?: (id: string) => Host;
}

/** Decides as a plan does, on a host that lies in memory. */
async function decide({ yaml = "", remains = {}, recorded, host = () => desktop }: Case) {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-host-network-"));
  const { getuid } = process;
  // A plan for a user reads no firewall.
  process.getuid = () => 1000;
  try {
    writeFileSync(join(dir, "lab.yaml"), yaml);
    const lab: Lab = { ...(await openLab(join(dir, "lab.yaml"))), id: "a1b2c3" };
    const facts = new Facts();
    await facts.get("host", async () => host(lab.id));
    await facts.get("networks of other labs", async () => []);
    const notes: string[] = [];
    const note = (message: string) => void notes.push(message);
    const assumed: string[] = [];
    const assume = (word: string, condition: string) => void assumed.push(`${word} ${condition}`);
    const decision = { lab, upstream: {}, recorded, remains, facts, mayAsk: false, note, assume };
    return { network: (await hostNetworkStage.decide(decision)) as HostNetwork, notes, assumed };
  } finally {
    if (getuid) process.getuid = getuid;
    rmSync(dir, { recursive: true });
  }
}

const addresses = { multi: "10.76.9.30", agent1: "10.76.9.31", agent2: "10.76.9.32" };
const cidrs = { podCidr: parseCidr("10.50.0.0/16"), serviceCidr: parseCidr("10.51.0.0/16") };

test("a lab whose record was lost gets the network again that its bridge, machines and cluster have", async () => {
  const host = (id: string) => withLink(desktop, { name: bridgeOf(id), kind: "bridge", addresses: ["10.76.9.1/24"] });
  const { network } = await decide({ host, remains: { addresses, ...cidrs } });
  assert.is(String(network.lan.subnet), "10.76.9.0/24");
  assert.equal([network.gateway, network.addresses], ["10.76.9.1", addresses]);
  assert.equal([network.podCidr, network.serviceCidr, network.clusterDns], [...Object.values(cidrs), "10.51.0.10"]);
});

test("after a boot of the host, which took the bridge, what the machines know is enough", async () => {
  const { network } = await decide({ remains: { subnet: parseCidr("10.76.9.0/24"), addresses } });
  assert.equal([String(network.lan.subnet), network.addresses], ["10.76.9.0/24", addresses]);
});

test("another lab's bridge, or a link that only has the name, does not count", async () => {
  for (const link of [
    { name: "k3slab-ffffff", kind: "bridge" as const },
    { name: "", kind: "dummy" as const },
  ]) {
    const host = (id: string) =>
      withLink(desktop, { addresses: ["10.77.9.1/24"], ...link, name: link.name || bridgeOf(id) });
    assert.is(String((await decide({ host })).network.lan.subnet), "10.76.0.0/24");
  }
});

test("what was recorded counts more than what remains", async () => {
  const { network: recorded } = await decide({});
  assert.equal((await decide({ recorded, remains: { addresses, ...cidrs } })).network, recorded);
});

test("a lab that exists on a network of its own is not moved to the host's LAN unawares", async () => {
  const lost = decide({ yaml: "network: { mode: bridged }\n", remains: { subnet: parseCidr("10.76.9.0/24") } });
  const error = await lost.then(() => undefined, String);
  assert.match(error ?? "", "network.mode: is bridged, and the lab was made private");
});

test("a plan picks addresses on the host's LAN, names them, and asks nothing", async () => {
  const { network, notes, assumed } = await decide({ yaml: "network: { mode: bridged }\n", host: () => wired });
  assert.is(network.lan.kind, "macvlan");
  assert.is(network.addresses.multi, "192.168.1.240");
  assert.equal(
    assumed,
    Object.values(network.addresses).map((address) => `${address} if the address is free`),
  );
  assert.match(notes.join(), "picked on 192.168.1.0/24: multi 192.168.1.240, agent1 192.168.1.241,");
  const again = await decide({ yaml: "network: { mode: bridged }\n", host: () => wired, recorded: network });
  assert.equal(again, { network, notes: [], assumed: [] });
});

test("a plan on a host without ip decides all that it can, and reports what is missing", async () => {
  const empty: Host = { links: [], routes: [], rules: [], nameservers: [], lacks: ["ip"] };
  const { network, notes } = await decide({ host: () => empty });
  assert.equal([network.uplink, String(network.lan.subnet)], [null, "10.76.0.0/24"]);
  assert.equal(notes, ["nodes reach nothing beyond the host: there is no default route"]);
  const bridged = decide({ yaml: "network: { mode: bridged }\n", host: () => empty });
  assert.match(String(await bridged.catch(String)), "host: lacks ip, which tells what LAN the host is on");
});

test("a plan shows why nodes would have no resolver, and what to write", async () => {
  const [way] = desktop.routes;
  // A modem: its route names no router.
  const modem = { ...desktop, routes: way === undefined ? [] : [{ ...way, gateway: undefined }] };
  const { network, notes } = await decide({ host: () => ({ ...modem, nameservers: ["127.0.0.1", "fe80::1"] }) });
  assert.equal(network.resolvers, []);
  assert.equal(notes, [
    "nodes have no resolver, and pull no image by name: 127.0.0.1 is the host itself, fe80::1 is IPv6, and nodes have IPv4 only. Write network.nameservers: [ADDRESS] in lab.yaml, one that is reached by eth0.",
  ]);
  const none = await decide({ host: () => ({ ...modem, nameservers: [] }) });
  assert.match(none.notes.join(), "by name: the host names no nameserver. Write");
});

const wired: Host = {
  ...desktop,
  links: desktop.links.map((link) => ({ ...link, mac: "02:00:00:00:00:17" })),
};

test.run();
