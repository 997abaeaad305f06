import { type Host, type HostNetwork, lanLink, surveyHost, type Uplink } from "@k3s-lab/host-network";
import { type Cidr, isVif, leadsOut, type Link, linkNamed, parseCidr } from "@k3s-lab/ip";
import type { NodeObserved, Observed } from "./observed.js";

/** What the elements and the ways of a picture both go by. */
export interface Scene {
  readonly seen: Observed;
  readonly network: HostNetwork | undefined;
  /** What `lab:up` chose, or would choose where there is no lab yet. */
  readonly uplink: Uplink | null;
  /** What the host calls the link to the nodes' LAN; absent without a lab. */
  readonly lanLink: string | undefined;
  /** Whether the host is the nodes' gateway. */
  readonly isPrivate: boolean;
  readonly vifs: readonly Vif[];
  /** Whether packets from the lab's bridge are looked up in a table of the lab's own. */
  readonly hasTable: boolean;
  /** Those whose machine runs, as far as that could be seen. */
  readonly running: readonly NodeObserved[];
}

/** A link that may lead back into a cluster. */
export interface Vif {
  readonly link: Link;
  /** The networks that the host's routes lead into it. */
  readonly networks: readonly string[];
  readonly mapsServices: boolean;
  readonly mapsPods: boolean;
}

/** How many routes the details of one box tell at most. */
export const mostRoutes = 40;

/** Names the boxes. */
export const ids = {
  router: "router",
  lan: "lan",
  host: "host",
  programs: "programs",
  routes: "routes",
  table: "table",
  hostGuard: "host-guard",
  ports: "ports",
  others: "others",
  cluster: "cluster",
  link: (name: string) => `link ${name}`,
  node: (name: string) => `node ${name}`,
  guard: (name: string) => `guard ${name}`,
  pods: (name: string) => `pods ${name}`,
} as const;

/** Settles, from what was seen, what elements and ways rely on. */
export function sceneOf(seen: Observed): Scene {
  const { network, host, nodes } = seen;
  const link = network === undefined ? undefined : lanLink(network.lan);
  return {
    seen,
    network,
    uplink: network === undefined ? surveyHost(host).uplink : network.uplink,
    lanLink: link,
    isPrivate: network?.lan.kind === "private",
    vifs: host.links.filter(isVif).map((each) => vifOf(each, host, network)),
    hasTable: host.rules.some(({ iif, mark, table }) => iif === link && mark === undefined && table !== "main"),
    running: nodes.filter(isRunning),
  };
}

/** Tells whether a link of the host leads into the cluster, and not merely away, as a VPN's default route does. */
export function leadsIn({ vifs }: Scene, dev: string): boolean {
  return vifs.some(({ link, mapsServices }) => mapsServices && link.name === dev);
}

/** Tells whether a node's machine runs, or whether that could at least not be seen. */
export function isRunning({ machine }: Pick<NodeObserved, "machine">): boolean {
  return machine === "running" || machine === "unknown";
}

/** Tells whether the host has a link of this name that is switched on. */
export function isUp({ seen }: Scene, name: string | undefined): boolean {
  return linkNamed(seen.host.links, name)?.up === true;
}

/** The shortest prefix of a network that is mapped: 0.0.0.0/1 and 128.0.0.0/1 are how VPNs write a default route. */
const leastMapped = 8;

function vifOf(link: Link, host: Host, network: HostNetwork | undefined): Vif {
  const routes = host.routes.filter((route) => leadsOut(route) && route.dev === link.name);
  const networks = [...new Set(routes.map(({ dst }) => dst))];
  const mapped = networks
    .filter((dst) => dst !== "default")
    .map(parseCidr)
    .filter(({ bits }) => bits >= leastMapped);
  const maps = (cidr: Cidr | undefined) => cidr !== undefined && mapped.some((each) => each.overlaps(cidr));
  return { link, networks, mapsServices: maps(network?.serviceCidr), mapsPods: maps(network?.podCidr) };
}
