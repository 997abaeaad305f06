// The topologies of the matrix: those of the testbed, which k3s-lab does not make, and those that lab:up makes.
import { join } from "node:path";
import { type HostNetwork, hostNetworkRecord, lanLink } from "@k3s-lab/host-network";
import { LabState } from "@k3s-lab/lab";
import { type EmulateOptions, lan, topologies as testbeds, type Topology, type World } from "@k3s-lab/testbed";
import { emulateLab } from "../../../host-network/test/emulated-lab.js";
import type { Comeback } from "./expected.js";

export interface Place {
  readonly title: string;
  readonly world: EmulateOptions;
  readonly comeback: Comeback;
  /** Whether there is a resolver that does not lead back. */
  readonly hasSafeResolver: boolean;
  /** Makes the host's part of the topology where lab:up would; it ends with the world. */
  prepare(world: World, parts: AsyncDisposable[]): Promise<{ readonly topology: Topology; readonly labId: string }>;
}

const forwarded: Comeback = { loops: true, reason: "f" };
const dialled: Comeback = { loops: true, reason: "d" };
const byRouter: Comeback = { loops: false, reason: "g" };

const bare = (name: keyof typeof testbeds, comeback: Comeback): Place => {
  const topology: Topology = testbeds[name];
  const { title, world } = topology;
  const hasSafeResolver = topology.resolvers.safe !== undefined;
  return { title, world, comeback, hasSafeResolver, prepare: async () => ({ topology, labId: "a1b2c3" }) };
};

/**
 * host-network makes the host's side, as in a complete lab; its decisions are read from where it records them. `take` is
 * shell that removes a part of it again.
 */
const lab = (
  title: string,
  world: EmulateOptions,
  yaml: string,
  comeback: Comeback,
  take: (network: HostNetwork) => string = () => "true",
): Place => ({
  title,
  world,
  comeback,
  hasSafeResolver: true,
  async prepare(emulated, parts) {
    const made = await emulateLab(emulated, yaml);
    parts.push(made);
    const { exitCode, problem } = await made.up();
    if (exitCode !== 0) throw new Error(`host-network: ${problem}`);
    const network = new LabState(join(made.dir, ".lab")).expect(hostNetworkRecord);
    await emulated.host.run("sh", ["-c", take(network)]);
    return { topology: { title, world, ...topologyOf(network) }, labId: made.id };
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

const bridgedYaml = "network: { mode: bridged }\nnodes: [{ name: multi, role: server }]\n";

export const places = {
  kernelNat: bare("kernelNat", forwarded),
  hostOnly: bare("hostOnly", forwarded),
  hostOnlyClosed: bare("hostOnlyClosed", { loops: false, reason: "c" }),
  userModeNat: bare("userModeNat", dialled),
  halfBridged: bare("halfBridged", dialled),
  bridged: bare("bridged", byRouter),
  bridgedSilent: bare("bridgedSilent", byRouter),
  bridgedByHost: bare("bridgedByHost", forwarded),
  bridgedLedBack: bare("bridgedLedBack", { ...forwarded, others: byRouter }),
  labPrivate: lab("`lab:up`, private", {}, "", { loops: false, reason: "t" }),
  labUnrouted: lab(
    "`lab:up`, private, its own table removed",
    {},
    "",
    forwarded,
    ({ lan: its }) => `ip rule delete iif ${its.kind === "private" ? its.bridge : ""}`,
  ),
  labBridge: lab("`lab:up`, bridged by a bridge of the host", { bridge: true }, bridgedYaml, byRouter),
  labMacvlan: lab("`lab:up`, bridged by macvlan", {}, bridgedYaml, byRouter),
} as const satisfies Record<string, Place>;

export type PlaceName = keyof typeof places;
