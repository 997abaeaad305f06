import { addressees, type Lab } from "@k3s-lab/lab";
import { type Cidr, linkWith, type Range } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import type { Host } from "../probe/host.js";
import { assignAddresses } from "./assign-addresses.js";
import { firstReason } from "./first-reason.js";
import type { LanFacts } from "./lan-interface.js";

/** How many addresses below the broadcast address are tried first: routers mostly lend lower ones. */
const highEnd = 16;
/** More addresses than a lab has nodes. */
const most = 4096;

/**
 * Chooses an address on the host's own LAN for each node, and for several servers together. It picks from network.addresses those that no machine is
 * known to have; whether one has it after all, only ARP can tell (see arp/).
 */
export function chooseLanAddresses(
  { config, file }: Pick<Lab, "config" | "file">,
  host: Host,
  lan: LanFacts,
  remembered: Readonly<Record<string, string>>,
  occupied: ReadonlySet<string> = new Set(),
): Readonly<Record<string, string>> {
  const { network } = config;
  const all = addressees(config);
  all.forEach(({ address }, index) => {
    const wrong = address === undefined ? undefined : objection(address, host, lan);
    if (wrong === undefined) return;
    const place = index < config.nodes.length ? `nodes.${index}.address` : "cluster.address";
    throw new Problem("LAB-NET-002", file, `${place}: ${address} ${wrong}`, {
      remedy: `Give an address of ${lan.subnet} that no other machine has, outside the router's DHCP pool, or none.`,
    });
  });
  const isUsable = (address: string) => !occupied.has(address) && objection(address, host, lan) === undefined;
  const picks = candidates(network.addresses, lan.subnet).filter(isUsable);
  return assignAddresses(all, {
    remembered,
    mayKeep: (address) => isUsable(address) && (network.addresses === "auto" || picks.includes(address)),
    candidates: picks.filter((address) => !host.nameservers.includes(address)),
    nothingLeft: () => {
      const where = network.addresses === "auto" ? lan.subnet : network.addresses;
      return new Problem("LAB-NET-003", file, `network.addresses: ${where} has no address left for every node`, {
        remedy: "Name a larger range with network.addresses, or an address for each node.",
      });
    },
  });
}

/** Tells whether lab:up chooses the address, and so may choose another. */
export function isPicked({ config }: Pick<Lab, "config">, node: string): boolean {
  return addressees(config).find(({ name }) => name === node)?.address === undefined;
}

/** Returns why an address cannot be a node's, to stand after the address. */
function objection(address: string, host: Host, { subnet, gateway }: LanFacts): string | undefined {
  const owner = linkWith(host.links, address);
  return firstReason([
    [!subnet.contains(address), `is outside of the LAN ${subnet}`],
    [address === subnet.at(0), `is the network itself in ${subnet}`],
    [address === subnet.at(subnet.size - 1), `is the broadcast address of ${subnet}`],
    [address === gateway, "is the router's"],
    [owner !== undefined, `is the host's own (${owner?.name})`],
  ]);
}

function candidates(range: Range | "auto", subnet: Cidr): readonly string[] {
  if (range !== "auto") return range.take(most);
  const end = subnet.size - 1;
  const start = Math.max(1, end + 1 - highEnd);
  const high = Array.from({ length: end - start }, (_, index) => start + index);
  const below = Array.from({ length: Math.min(start - 1, most) }, (_, index) => start - 1 - index);
  return [...high, ...below].map((offset) => subnet.at(offset));
}
