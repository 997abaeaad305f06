import { addressOf, type Cidr, isVif } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import { type Host } from "../probe/host.js";
import { isPieceOfDefault, routeCidr } from "./obstacles.js";

/** A nameserver of the host, and why nodes can't use it, where they can't. */
export interface Nameserver {
  readonly address: string;
  readonly unusable?: string;
}

/**
 * A node asks by the uplink: a nameserver that is the host itself, or that only a VPN or VIF leads to, is none for it.
 * The host as resolver is how lookups loop, too.
 */
export function judgeNameservers(host: Host): readonly Nameserver[] {
  return host.nameservers.map((address) => {
    const unusable = isHostAddress(host, address) ? "is the host itself" : behindVif(host, address);
    return unusable === undefined ? { address } : { address, unusable };
  });
}

/**
 * Resolvers of nodes on the host's own LAN: where the host has none that a node can use (it asks itself, or a VPN), the
 * router is asked, which knows one.
 */
export function chooseLanResolvers(
  host: Host,
  configured: readonly string[],
  { gateway, addresses }: { readonly gateway: string; readonly addresses: Readonly<Record<string, string>> },
  file: string,
): readonly string[] {
  configured.forEach((address, index) => {
    const node = Object.keys(addresses).find((name) => addresses[name] === address);
    const why = node === undefined ? behindVif(host, address) : `is the node ${node} itself`;
    if (why === undefined) return;
    const remedy = "Name the router's address or a public resolver's.";
    throw new Problem("LAB-NET-009", file, `network.nameservers.${index}: ${address} ${why}`, { remedy });
  });
  const chosen = chooseResolvers(host, configured, file);
  return chosen.length === 0 ? [gateway] : chosen;
}

/** Resolvers of the nodes: those that lab.yaml names, else the host's that a node can use. */
export function chooseResolvers(host: Host, configured: readonly string[], file: string): readonly string[] {
  configured.forEach((address, index) => {
    if (!isHostAddress(host, address)) return;
    const what = `network.nameservers.${index}: ${address} is the host itself, expected a server that nodes reach without it`;
    const remedy = "Name the router's address or a public resolver's.";
    throw new Problem("LAB-NET-010", file, what, { remedy });
  });
  if (configured.length > 0) return configured;
  return judgeNameservers(host).flatMap(({ address, unusable }) => (unusable === undefined ? [address] : []));
}

function isHostAddress(host: Host, address: string): boolean {
  return host.links.some(({ addresses }) => addresses.some((each) => addressOf(each) === address));
}

function behindVif(host: Host, address: string): string | undefined {
  const routes = host.routes
    .filter(({ type, table }) => type === "unicast" && table !== "local")
    .map((route) => ({ route, cidr: routeCidr(route) }))
    .filter((each): each is { route: (typeof each)["route"]; cidr: Cidr } => each.cidr !== undefined)
    .filter(({ cidr }) => !isPieceOfDefault(cidr) && cidr.contains(address))
    .toSorted((a, b) => b.cidr.bits - a.cidr.bits);
  const link = host.links.find(({ name }) => name === routes[0]?.route.dev);
  return link !== undefined && isVif(link) ? `is reached by ${link.name} (${link.kind}) only` : undefined;
}
