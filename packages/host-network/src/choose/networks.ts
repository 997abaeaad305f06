import { type Lab } from "@k3s-lab/lab";
import { Cidr, parseCidr } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import type { Remembered } from "../remembered.js";
import type { Obstacle } from "./obstacles.js";

export interface Networks {
  readonly subnet: Cidr;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
}

type Kind = keyof Networks;

const keys: Readonly<Record<Kind, string>> = {
  subnet: "network.subnet",
  podCidr: "cluster.podCidr",
  serviceCidr: "cluster.serviceCidr",
};

/**
 * Chooses the lab's three networks. What lab.yaml names comes first, then what was chosen before, and what is picked
 * now overlaps neither these nor a route of the host.
 */
export function chooseNetworks(
  { config, file }: Pick<Lab, "config" | "file">,
  all: readonly Obstacle[],
  remembered: Remembered,
  /** The host's own LAN, where the nodes are on that. */
  lan?: Cidr,
): Networks {
  const { podCidr, serviceCidr } = config.cluster;
  const named = { subnet: lan === undefined ? config.network.subnet : "auto", podCidr, serviceCidr } as const;
  const before = { subnet: remembered.lan?.subnet, podCidr: remembered.podCidr, serviceCidr: remembered.serviceCidr };
  const chosen = new Map<Kind, Cidr>(lan === undefined ? [] : [["subnet", lan]]);
  const kinds = Object.keys(keys) as Kind[];
  // A lab that stands still is in nobody's way: what was named, or chosen before, may be the same.
  const obstacles = all.filter(({ isReserved }) => isReserved !== true);
  const notVifs = obstacles.filter(({ vif }) => !vif);
  for (const kind of kinds) {
    const cidr = named[kind];
    if (cidr === "auto") continue;
    // Where a lab has these networks already, what a VIF maps is the lab itself: Telepresence is connected to it.
    const taken = obstacleOf(cidr, cidr.equals(before[kind]) ? notVifs : obstacles);
    if (taken !== undefined) {
      throw new Problem("LAB-NET-006", file, `${keys[kind]}: ${cidr} overlaps ${taken.what}`, {
        remedy: "Choose another network or write auto; if the route is a VPN's or Telepresence's, disconnect it first.",
      });
    }
    chosen.set(kind, cidr);
  }
  const isFree = (cidr: Cidr) => ![...chosen.values()].some((other) => cidr.overlaps(other));
  for (const kind of kinds) {
    const known = before[kind];
    if (chosen.has(kind) || known === undefined || !isFree(known)) continue;
    const taken = kind === "subnet" ? obstacleOf(known, notVifs) : undefined;
    if (taken !== undefined) {
      // A host that was carried into a network of the same addresses would not know which of the two is meant.
      const what = `${config.name}'s subnet ${known}, chosen earlier, now overlaps ${taken.what}`;
      const remedy = "Run `npm run lab:down`, then `npm run lab:up`, which chooses another.";
      throw new Problem("LAB-NET-007", file, what, { remedy });
    }
    chosen.set(kind, known);
  }
  for (const kind of kinds) {
    if (chosen.has(kind)) continue;
    const cidr = candidates[kind].find((each) => isFree(each) && obstacleOf(each, all) === undefined);
    if (cidr === undefined) {
      const what = `${keys[kind]}: every network that could be picked overlaps a route of the host`;
      const remedy = `Name one with ${keys[kind]}, or disconnect the VPN whose routes cover the private networks.`;
      throw new Problem("LAB-NET-008", file, what, { remedy });
    }
    chosen.set(kind, cidr);
  }
  return Object.fromEntries(chosen) as unknown as Networks;
}

/** Finds the first that a network overlaps. */
function obstacleOf(cidr: Cidr, obstacles: readonly Obstacle[]): Obstacle | undefined {
  return obstacles.find((obstacle) => cidr.overlaps(obstacle.cidr));
}

/**
 * The familiar ones first. A VPN may route all of 10.0.0.0/8, or all that is private, and 100.64.0.0/10 (carriers) with
 * it: 198.18.0.0/15 (benchmarks) is hardly ever a host's neighbour, and has room for all three.
 */
const candidates: Readonly<Record<Kind, readonly Cidr[]>> = {
  subnet: ["10.76.0.0/14", "172.30.0.0/16", "192.168.192.0/18", "198.18.76.0/22", "198.19.76.0/22"].flatMap((all) =>
    networks(all, 24),
  ),
  podCidr: [...clusterCidrs("10.42.0.0/16"), parseCidr("198.19.0.0/16"), ...networks("198.18.0.0/15", 17)],
  serviceCidr: [...clusterCidrs("10.43.0.0/16"), ...networks("198.18.0.0/15", 20)],
};

function clusterCidrs(first: string): readonly Cidr[] {
  const rest = ["10.32.0.0/11", "10.128.0.0/10", "172.16.0.0/12", "100.64.0.0/10"];
  return [parseCidr(first), ...rest.flatMap((within) => networks(within, 16))];
}

function networks(within: string, bits: number): readonly Cidr[] {
  const { network, bits: outer } = parseCidr(within);
  return Array.from({ length: 2 ** (bits - outer) }, (_, index) => new Cidr(network + index * 2 ** (32 - bits), bits));
}

/** Returns the address that K3s itself chooses: 10.43.0.10 of 10.43.0.0/16. */
export function clusterDnsOf(serviceCidr: Cidr): string {
  return serviceCidr.at(10);
}
