// The topologies of the matrix: those of the testbed, which k3s-lab does not make, and those that lab:up makes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostGuard } from "@k3s-lab/guard";
import { type HostNetwork, hostNetworkRecord, lanLink } from "@k3s-lab/host-network";
import { LabState } from "@k3s-lab/lab";
import {
  dockerRules,
  type EmulateOptions,
  lan,
  topologies as testbeds,
  type Topology,
  type World,
} from "@k3s-lab/testbed";
import { emulateLab } from "../../../host-network/test/emulated-lab.js";
import type { Comeback } from "./expected.js";

export interface Place {
  readonly title: string;
  readonly world: EmulateOptions;
  readonly comeback: Comeback;
  /** Whether there is a resolver that does not lead back. */
  readonly hasSafeResolver: boolean;
  /** Whether a network policy selects the node's pod, which must change nothing. */
  readonly hasPolicies?: boolean;
  /** Makes the host's part of the topology where lab:up would; it ends with the world. */
  prepare(world: World, parts: AsyncDisposable[]): Promise<Prepared>;
}

/** A topology that is ready to be looked at. */
export interface Prepared {
  readonly topology: Topology;
  readonly labId: string;
  /** By other interfaces than those that the topology allows: what the lab's host guard lets through. */
  readonly routes: HostGuard["routes"];
}

const forwarded: Comeback = { loops: true, reason: "f" };
const dialled: Comeback = { loops: true, reason: "d" };
const byRouter: Comeback = { loops: false, reason: "g" };

const bare = (name: keyof typeof testbeds, comeback: Comeback): Place => {
  const topology: Topology = testbeds[name];
  const { title, world } = topology;
  const hasSafeResolver = topology.resolvers.safe !== undefined;
  return { title, world, comeback, hasSafeResolver, prepare: async () => ({ topology, labId: "a1b2c3", routes: [] }) };
};

/**
 * host-network makes the host's side, as in a complete lab; its decisions are read from where it records them. `take` is
 * shell that removes a part of it again, `around` gives the host more than a LAN, before that.
 */
const lab = (
  title: string,
  world: EmulateOptions,
  yaml: string,
  comeback: Comeback,
  take: (network: HostNetwork) => string = () => "true",
  around: (world: World) => Promise<readonly AsyncDisposable[]> = async () => [],
): Place => ({
  title,
  world,
  comeback,
  hasSafeResolver: true,
  async prepare(emulated, parts) {
    parts.push(...(await around(emulated)));
    const made = await emulateLab(emulated, yaml);
    parts.push(made);
    // A lab that is there already keeps its networks, whatever lab.yaml opens.
    for (const content of yaml.includes("routes") ? ["", yaml] : [yaml]) {
      writeFileSync(join(made.dir, "lab.yaml"), content);
      const { exitCode, problem } = await made.up();
      if (exitCode !== 0) throw new Error(`host-network: ${problem}`);
    }
    const network = new LabState(join(made.dir, ".lab")).expect(hostNetworkRecord);
    await emulated.host.run("sh", ["-c", take(network)]);
    return { topology: { title, world, ...topologyOf(network) }, labId: made.id, routes: network.routes };
  },
});

function topologyOf(network: HostNetwork): Omit<Topology, "title" | "world"> {
  const [nodeAddress] = Object.values(network.addresses);
  const address = `${nodeAddress}/24`;
  const [safe] = network.resolvers;
  if (nodeAddress === undefined || safe === undefined) throw new Error("the lab has no node or no resolver");
  const { gateway, lan: its } = network;
  const isPrivate = its.kind === "private";
  return {
    cards: [
      its.kind === "macvlan"
        ? { by: "macvlan", uplink: lanLink(its), address }
        : { by: "bridge", bridge: lanLink(its), address },
    ],
    gateway,
    nodesComeBy: lanLink(its),
    allowed: isPrivate ? [lan.uplink] : [],
    resolvers: { leadsBack: isPrivate ? gateway : lan.hostAddress, safe },
  };
}

/** Opens a network that holds the cluster's own, by another interface than the uplink. */
const further = (name: string) => `network: { routes: [{ interface: ${name}, to: [10.0.0.0/8] }] }\n`;
const byTable: Comeback = { loops: false, reason: "t" };
const withoutTable = ({ lan: its }: HostNetwork) =>
  `ip rule delete priority 1076 iif ${its.kind === "private" ? its.bridge : ""}`;

const secondCard = async ({ host }: World) => {
  const made = `ip link add eth1 type veth peer name far
ip address add 172.20.0.9/24 dev eth1; ip link set eth1 up; ip link set far up`;
  await host.run("sh", ["-c", made]);
  return [];
};
const vpn = async ({ host }: World) => [await host.connectVif({ name: "tun0", cidrs: ["172.20.0.0/16"] })];

/** What the host publishes leads into the VIF: a service without endpoints. */
const published = async ({ host }: World) => {
  const chain = "{ type nat hook prerouting priority dstnat; }";
  const made = `nft add table ip published; nft 'add chain ip published pre ${chain}'
nft add rule ip published pre fib daddr type local meta l4proto tcp dnat to 10.43.0.9`;
  await host.run("sh", ["-c", made]);
  return [];
};

const bridgedYaml = "network: { mode: bridged }\nnodes: [{ name: multi, role: server }]\n";

export const places = {
  kernelNat: bare("kernelNat", forwarded),
  dockerBridge: bare("dockerBridge", forwarded),
  hostOnly: bare("hostOnly", forwarded),
  hostOnlyClosed: bare("hostOnlyClosed", { loops: false, reason: "c" }),
  userModeNat: bare("userModeNat", dialled),
  dockerInMachine: bare("dockerInMachine", dialled),
  halfBridged: bare("halfBridged", dialled),
  bridged: bare("bridged", byRouter),
  bridgedSilent: bare("bridgedSilent", byRouter),
  bridgedByHost: bare("bridgedByHost", forwarded),
  bridgedLedBack: bare("bridgedLedBack", { ...forwarded, others: byRouter }),
  labPrivate: lab("`lab:up`, private", {}, "", byTable),
  labUnrouted: {
    ...lab("`lab:up`, private, its own table removed", {}, "", forwarded, withoutTable),
    hasPolicies: true,
  },
  labDocker: lab("`lab:up`, in Docker", {}, "", byTable, ({ lan: its }) => dockerRules(lanLink(its))),
  labDockerUnrouted: lab(
    "`lab:up`, in Docker, its own table removed",
    {},
    "",
    forwarded,
    (network) => `${dockerRules(lanLink(network.lan))}${withoutTable(network)}`,
  ),
  labSecondCard: lab(
    "`lab:up`, private, 10.0.0.0/8 by a second card",
    {},
    further("eth1"),
    byTable,
    undefined,
    secondCard,
  ),
  labVpn: lab(
    "`lab:up`, private, 10.0.0.0/8 by a VPN in `network.routes`",
    {},
    further("tun0"),
    byTable,
    undefined,
    vpn,
  ),
  labVpnUnrouted: lab(
    "`lab:up`, private, 10.0.0.0/8 by a VPN in `network.routes`, its own table removed",
    {},
    further("tun0"),
    forwarded,
    withoutTable,
    vpn,
  ),
  labPublished: lab("`lab:up`, private, the host's ports lead into the VIF", {}, "", byTable, undefined, published),
  labBridge: lab("`lab:up`, bridged by a bridge of the host", { bridge: true }, bridgedYaml, byRouter),
  labMacvlan: lab("`lab:up`, bridged by macvlan", {}, bridgedYaml, byRouter),
} as const satisfies Record<string, Place>;

export type PlaceName = keyof typeof places;
