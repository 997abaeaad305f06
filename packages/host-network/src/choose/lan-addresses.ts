import { type Lab } from "@k3s-lab/lab";
import { addressOf, type Cidr, type Range } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import type { Host } from "../probe/host.js";
import type { LanFacts } from "./lan-interface.js";

/** How many addresses below the broadcast address are tried first: routers mostly lend lower ones. */
const highEnd = 16;
/** More addresses than a lab has nodes. */
const most = 4096;

/**
 * Chooses an address on the host's own LAN for each node: the one that lab.yaml gives, else the one it had, else the
 * next of network.addresses that no machine is known to have. Whether one has it, only ARP can tell (see arp/).
 */
export function chooseLanAddresses(
  { config, file }: Pick<Lab, "config" | "file">,
  host: Host,
  lan: LanFacts,
  remembered: Readonly<Record<string, string>>,
  occupied: ReadonlySet<string> = new Set(),
): Readonly<Record<string, string>> {
  const { nodes, network } = config;
  nodes.forEach(({ address }, index) => {
    const wrong = address === undefined ? undefined : objection(address, host, lan);
    if (wrong === undefined) return;
    throw new Problem("LAB-NET-002", file, `nodes.${index}.address: ${address} ${wrong}`, {
      remedy: `Give an address of ${lan.subnet} that no other machine has, outside the router's DHCP pool, or none.`,
    });
  });
  const taken = new Map<string, string>();
  const isFree = (address: string) => ![...taken.values()].includes(address) && !occupied.has(address);
  for (const { name, address } of nodes) if (address !== undefined) taken.set(name, address);
  const picks = candidates(network.addresses, lan.subnet).filter(
    (address) => objection(address, host, lan) === undefined,
  );
  const isInRange = (address: string) => network.addresses === "auto" || picks.includes(address);
  for (const { name } of nodes) {
    const known = remembered[name];
    if (known === undefined || taken.has(name) || !isFree(known)) continue;
    if (objection(known, host, lan) === undefined && isInRange(known)) taken.set(name, known);
  }
  const free = picks.filter((address) => isFree(address) && !host.nameservers.includes(address)).values();
  for (const { name } of nodes.toSorted((a, b) => order(a.role) - order(b.role))) {
    if (taken.has(name)) continue;
    const next = free.next().value;
    if (next === undefined) throw nothingFree(file, network.addresses, lan.subnet);
    taken.set(name, next);
  }
  return Object.fromEntries(nodes.map(({ name }) => [name, taken.get(name) ?? ""]));
}

/** Tells whether lab:up chooses the address, and so may choose another. */
export function isPicked({ config }: Pick<Lab, "config">, node: string): boolean {
  return config.nodes.find(({ name }) => name === node)?.address === undefined;
}

/** Returns why an address cannot be a node's, to stand after the address. */
function objection(address: string, host: Host, { subnet, gateway }: LanFacts): string | undefined {
  if (!subnet.contains(address)) return `is outside of the LAN ${subnet}`;
  if (address === subnet.at(0)) return `is the network itself in ${subnet}`;
  if (address === subnet.at(subnet.size - 1)) return `is the broadcast address of ${subnet}`;
  if (address === gateway) return "is the router's";
  const owner = host.links.find(({ addresses }) => addresses.some((each) => addressOf(each) === address));
  return owner === undefined ? undefined : `is the host's own (${owner.name})`;
}

function candidates(range: Range | "auto", subnet: Cidr): readonly string[] {
  if (range !== "auto") return range.take(most);
  const end = subnet.size - 1;
  const start = Math.max(1, end + 1 - highEnd);
  const high = Array.from({ length: end - start }, (_, index) => start + index);
  const below = Array.from({ length: Math.min(start - 1, most) }, (_, index) => start - 1 - index);
  return [...high, ...below].map((offset) => subnet.at(offset));
}

function order(role: "server" | "agent"): number {
  return role === "server" ? 0 : 1;
}

function nothingFree(file: string, range: Range | "auto", subnet: Cidr): Problem {
  const where = range === "auto" ? String(subnet) : range;
  return new Problem("LAB-NET-003", file, `network.addresses: ${where} has no address left for every node`, {
    remedy: "Name a larger range with network.addresses, or an address for each node.",
  });
}
