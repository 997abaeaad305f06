import { isVif, linkNamed, linkWith } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import { type Host } from "../probe/host.js";
import { realNetwork } from "./obstacles.js";

/** A nameserver of the host, and why nodes can't use it, where they can't. */
export interface Nameserver {
  readonly address: string;
  readonly unusable?: string | undefined;
}

/**
 * Judges which nameservers of the host a node can use. It asks by the uplink, so not the host itself, nor one that only
 * a VPN or VIF leads to. With the host as resolver, lookups could loop, too.
 */
export function judgeNameservers(host: Host): readonly Nameserver[] {
  return host.nameservers.map((address) => ({
    address,
    unusable: linkWith(host.links, address) ? "is the host itself" : behindVif(host, address),
  }));
}

/**
 * Chooses resolvers for nodes on the host's own LAN: where the host has none that a node can use (it asks itself, or a
 * VPN), the router is asked, which knows one.
 */
export function chooseLanResolvers(
  host: Host,
  configured: readonly string[],
  { gateway, addresses }: { readonly gateway: string; readonly addresses: Readonly<Record<string, string>> },
  file: string,
): readonly string[] {
  refuseNameservers("LAB-NET-009", file, configured, (address) => {
    const node = Object.keys(addresses).find((name) => addresses[name] === address);
    return node === undefined ? behindVif(host, address) : `is the node ${node} itself`;
  });
  const chosen = chooseResolvers(host, configured, file);
  return chosen.length === 0 ? [gateway] : chosen;
}

/** Chooses resolvers for the nodes: those that lab.yaml names, else the host's that a node can use. */
export function chooseResolvers(host: Host, configured: readonly string[], file: string): readonly string[] {
  refuseNameservers(
    "LAB-NET-010",
    file,
    configured,
    (address) => linkWith(host.links, address) && "is the host itself, expected a server that nodes reach without it",
  );
  if (configured.length > 0) return configured;
  return judgeNameservers(host).flatMap(({ address, unusable }) => (unusable === undefined ? [address] : []));
}

/** Throws for the first that lab.yaml names and that will not do; `objection` tells why, to stand after the address. */
function refuseNameservers(
  id: "LAB-NET-009" | "LAB-NET-010",
  file: string,
  configured: readonly string[],
  objection: (address: string) => string | undefined,
): void {
  for (const [index, address] of configured.entries()) {
    const why = objection(address);
    if (why === undefined) continue;
    const remedy = "Name the router's address or a public resolver's.";
    throw new Problem(id, file, `network.nameservers.${index}: ${address} ${why}`, { remedy });
  }
}

function behindVif(host: Host, address: string): string | undefined {
  const [nearest] = host.routes
    .filter(({ type, table }) => type === "unicast" && table !== "local")
    .map((route) => ({ dev: route.dev, cidr: realNetwork(route) }))
    .filter(({ cidr }) => cidr?.contains(address))
    .toSorted((a, b) => (b.cidr?.bits ?? 0) - (a.cidr?.bits ?? 0));
  const link = linkNamed(host.links, nearest?.dev);
  return link !== undefined && isVif(link) ? `is reached by ${link.name} (${link.kind}) only` : undefined;
}
