import { leadsOut, linkNamed, linkWith, parseCidr, type RouteParts, routeTo } from "@k3s-lab/ip";
import type { LabConfig } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { HostNetwork } from "../network.js";
import { type Host } from "../probe/host.js";
import { isIpv4, isLoopback } from "../probe/nameservers.js";
import { firstReason, type Reason } from "./first-reason.js";
import { realNetwork } from "./obstacles.js";

/** A nameserver of the host, and why nodes can't use it, where they can't. */
export interface Nameserver {
  readonly address: string;
  readonly unusable?: string | undefined;
  /** The file that names it; absent where the host asks it. */
  readonly file?: string;
}

/** The servers that nodes ask; optional lists are left out where they are empty. */
export type ResolverChoice = Pick<HostNetwork, "resolvers" | "spareResolvers" | "search">;

/** The settings of lab.yaml. */
type Settings = Pick<LabConfig["network"], "nameservers" | "search">;

/** Networks that the internet does not route: such an address elsewhere belongs to another computer. */
const privateSpace = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"].map(parseCidr);

/**
 * Judges which nameservers of the host a node can use, by the routes that nodes' packets take. It is not the host
 * itself, with which lookups could loop, nor one that only a VPN, a VIF or a network of the host's own leads to.
 */
export function judgeNameservers(host: Host, routes: readonly RouteParts[]): readonly Nameserver[] {
  const { nameservers, behind = [] } = host;
  const judge = (address: string) => ({ address, unusable: whyUnusable(host, routes, address) });
  return [
    ...nameservers.map(judge),
    ...behind.flatMap((source) => source.nameservers.map((address) => ({ ...judge(address), file: source.file }))),
  ];
}

interface ResolverFacts {
  /** The table that nodes' packets are sent by. */
  readonly routes: readonly RouteParts[];
  readonly router: string | undefined;
}

/**
 * Chooses the servers that nodes ask: those that lab.yaml names; else the host's that a node can use; else those behind
 * them; else the router, which often knows one.
 */
export function chooseResolvers(host: Host, settings: Settings, facts: ResolverFacts, file: string): ResolverChoice {
  refuseNameservers("LAB-NET-010", file, settings.nameservers, (address) =>
    isOfHost(host, address) ? "is the host itself, expected a server that nodes reach without it" : undefined,
  );
  return choose(host, settings, facts);
}

/** Chooses the same for nodes on the host's own LAN. */
export function chooseLanResolvers(
  host: Host,
  settings: Settings,
  { addresses, ...facts }: ResolverFacts & { readonly addresses: Readonly<Record<string, string>> },
  file: string,
): ResolverChoice {
  refuseNameservers("LAB-NET-009", file, settings.nameservers, (address) => {
    const node = Object.keys(addresses).find((name) => addresses[name] === address);
    return node === undefined ? whyUnusable(host, facts.routes, address) : `is the node ${node} itself`;
  });
  return choose(host, settings, facts);
}

function choose(host: Host, settings: Settings, { routes, router }: ResolverFacts): ResolverChoice {
  const { nameservers, search = [], behind = [] } = host;
  const sources = [
    { nameservers, search },
    ...behind,
    { nameservers: router === undefined ? [] : [router], search: [] },
  ]
    .map((source) => ({ ...source, usable: usableOf(host, routes, source.nameservers) }))
    .filter(({ usable }) => usable.length > 0);
  const named = settings.nameservers.length > 0 ? { usable: settings.nameservers, search } : undefined;
  const first = named ?? sources[0];
  const resolvers = first?.usable ?? [];
  const others = named ? [] : sources.flatMap(({ usable }) => usable).filter((address) => !resolvers.includes(address));
  // A host that is a pod of some cluster completes the names of that cluster: the lab has names like these itself.
  const hosts = (first?.search ?? []).filter((domain) => !/(^|\.)cluster\.local$/.test(domain));
  const domains = settings.search === "auto" ? hosts : settings.search;
  return {
    resolvers,
    ...(others.length > 0 && { spareResolvers: [...new Set(others)] }),
    ...(domains.length > 0 && { search: domains }),
  };
}

function usableOf(host: Host, routes: readonly RouteParts[], addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses)].filter((address) => whyUnusable(host, routes, address) === undefined);
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

/** Returns why nodes cannot use a nameserver, worded to follow its address. */
export function whyUnusable(host: Host, routes: readonly RouteParts[], address: string): string | undefined {
  return firstReason([
    [isOfHost(host, address), "is the host itself"],
    [!isIpv4(address), "is IPv6, and nodes have IPv4 only"],
    ...(isIpv4(address) ? [wayReason(host, routes, address)] : []),
  ]);
}

function wayReason(host: Host, routes: readonly RouteParts[], address: string): Reason {
  const way = routeTo(routes, address);
  if (way === undefined) return [false, undefined];
  if (way.dev === undefined) return [true, "cannot be reached from nodes, which have no route to it"];
  if (way.dst !== "default" || !privateSpace.some((each) => each.contains(address))) return [false, undefined];
  // Only the default route leads there: the router may reach it, unless the host knows that it is elsewhere.
  const known = routeTo(
    host.routes.filter((route) => leadsOut(route) && realNetwork(route)),
    address,
  );
  const link = linkNamed(host.links, known?.dev);
  return [link !== undefined && link.name !== way.dev, `is reached by ${link?.name} (${link?.kind}) only`];
}

function isOfHost({ links }: Host, address: string): boolean {
  return isLoopback(address) || linkWith(links, address) !== undefined;
}
