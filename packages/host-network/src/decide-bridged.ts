import { type Lab, machineProvider } from "@k3s-lab/lab";
import type { Cidr } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import { chooseLanAddresses } from "./choose/lan-addresses.js";
import { chooseLanInterface, lanFactsOf } from "./choose/lan-interface.js";
import { chooseNetworks, clusterDnsOf } from "./choose/networks.js";
import { type Obstacle, obstaclesOf } from "./choose/obstacles.js";
import { chooseLanResolvers } from "./choose/resolvers.js";
import { waysOut } from "./lab-table.js";
import { shimMac, shimOf } from "./names.js";
import type { HostNetwork, Lan } from "./network.js";
import type { Host } from "./probe/host.js";
import type { Remembered } from "./remembered.js";

/**
 * Decides the network of nodes on the host's own LAN. Interface and router are what the host has now; addresses are
 * kept once chosen. `occupied`: addresses that another machine was found to have; `others`: networks of the host's other labs.
 */
export function decideBridged(
  lab: Pick<Lab, "id" | "config" | "file">,
  seen: Host,
  remembered: Remembered = {},
  occupied?: ReadonlySet<string>,
  others: readonly Obstacle[] = [],
): HostNetwork {
  const { config, file } = lab;
  if (seen.lacks.includes("ip")) {
    throw new Problem("LAB-NET-016", "host", "lacks ip, which tells what LAN the host is on", {
      remedy: "Run `npm run lab:fetch`, which installs it; or install Debian's iproute2.",
    });
  }
  const chosen = chooseLanInterface(seen, config.network.interface, file, machineProvider(config));
  const facts = lanFactsOf(seen, chosen, config.network, file);
  const { subnet, gateway, hostAddress = "" } = facts;
  const { podCidr, serviceCidr } = chooseNetworks(lab, [...obstaclesOf(seen, lab.id), ...others], remembered, subnet);
  refuseMoved(lab, subnet, remembered.lan);
  const addresses = chooseLanAddresses(lab, seen, facts, remembered.addresses ?? {}, occupied);
  const { name, mac = "" } = chosen.link;
  const seed = seedOf(remembered.lan) ?? mac;
  const lan: Lan = {
    bridge: { kind: "bridge" as const, bridge: name, subnet, seed },
    virtualbox: { kind: "virtualbox" as const, interface: name, hostAddress, subnet, seed },
    macvlan: {
      kind: "macvlan" as const,
      parent: name,
      shim: shimOf(lab.id),
      shimMac: shimMac(lab.id, seed),
      hostAddress,
      subnet,
      seed,
    },
  }[chosen.by];
  const uplink = { name, gateway, networks: [subnet] };
  const routes = waysOut({ uplink, routes: [] });
  return {
    uplink,
    routes: [],
    lan,
    gateway,
    ...(facts.hostAddress !== undefined && { hostAddress: facts.hostAddress }),
    ...chooseLanResolvers(seen, config.network, { routes, router: gateway, addresses }, file),
    addresses,
    podCidr,
    serviceCidr,
    clusterDns: clusterDnsOf(serviceCidr),
  };
}

/** Returns the recorded seed: a bridge may get another MAC address with its next port, the nodes keep theirs. */
function seedOf(lan: Lan | undefined): string | undefined {
  return lan === undefined || lan.kind === "private" ? undefined : lan.seed;
}

/**
 * Refuses another LAN, such as that of a laptop carried elsewhere: the cluster's certificates and data name addresses
 * of the LAN it was made on.
 */
function refuseMoved({ config, file }: Pick<Lab, "config" | "file">, subnet: Cidr, lan: Lan | undefined): void {
  if (lan === undefined || subnet.equals(lan.subnet)) return;
  throw new Problem(
    "LAB-NET-012",
    file,
    `${config.name} was made on the LAN ${lan.subnet}, and the host is on ${subnet}`,
    {
      remedy: "Go back to that LAN; or run `npm run lab:down`, then `npm run lab:up`.",
    },
  );
}
