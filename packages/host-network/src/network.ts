import type { Cidr } from "@k3s-lab/ip";

/** The lab's network as `.lab/host-network.json` records it: what this package has chosen and made. */
export interface HostNetwork {
  /** The host's interface with the default route that lab traffic leaves by; null where there is none. */
  readonly uplink: Uplink | null;
  /** What nodes reach by other ways than the uplink's default route; none on the host's own LAN, whose router routes. */
  readonly routes: readonly NodeRoute[];
  readonly lan: Lan;
  /** The default route of every node: the host's address on its own bridge, or else the LAN's router. */
  readonly gateway: string;
  /** The host's own address on the nodes' LAN; absent where it has none there. */
  readonly hostAddress?: string | undefined;
  /** The servers that nodes ask for names, never the host itself; empty where there are none. */
  readonly resolvers: readonly string[];
  /** The servers that they ask where none of these answers, the best first. */
  readonly spareResolvers?: readonly string[];
  /** Search domains that lab.yaml names, or that the host has along with `resolvers`. */
  readonly search?: readonly string[];
  /** Address by the name of the node. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
  /** The service CIDR's tenth address. */
  readonly clusterDns: string;
}

export interface Uplink {
  readonly name: string;
  /** The router's address; absent where the default route names a device only. */
  readonly gateway?: string | undefined;
  /** The uplink's connected networks. */
  readonly networks: readonly Cidr[];
}

/** A network that nodes reach by a route of its own. */
export interface NodeRoute {
  readonly to: Cidr;
  /** The host's interface that leads there. */
  readonly interface: string;
  /** The router's address; absent where the interface is on that network. */
  readonly gateway?: string | undefined;
}

/** What the nodes are plugged into. */
export type Lan = PrivateLan | SharedBridge | Macvlan | VirtualBoxLan;

/** A bridge of the lab's own. */
interface PrivateLan {
  readonly kind: "private";
  readonly bridge: string;
  readonly subnet: Cidr;
}

/** A lab's network whose LAN is its own. */
export type PrivateNetwork = HostNetwork & { readonly lan: PrivateLan };
/** A lab's network whose nodes are further MAC addresses of an interface of the host. */
export type MacvlanNetwork = HostNetwork & { readonly lan: Macvlan };

interface HostsLan {
  /** The subnet of the LAN that the host itself is on. */
  readonly subnet: Cidr;
  /** Keeps the nodes' MAC addresses apart from those of a lab with the same id on another host of the LAN. */
  readonly seed: string;
}

/** A bridge that the host has anyway. */
interface SharedBridge extends HostsLan {
  readonly kind: "bridge";
  readonly bridge: string;
}

/** An interface of the host, wired or Wi-Fi, by which VirtualBox sends and receives the machines' frames. */
interface VirtualBoxLan extends HostsLan {
  readonly kind: "virtualbox";
  /** The host's name for it; VirtualBox may have another. */
  readonly interface: string;
  /** The host's address on the interface, by which VirtualBox's own name for it is found. */
  readonly hostAddress: string;
}

/** An interface of the host with each node as a further MAC address on it. */
interface Macvlan extends HostsLan {
  readonly kind: "macvlan";
  /** The interface that the nodes' macvlans and the shim sit on. */
  readonly parent: string;
  /** The host's own further MAC address: a macvlan hears its siblings, but never the link that it sits on. */
  readonly shim: string;
  readonly shimMac: string;
  /** The host's address on the parent, which the shim has, too. */
  readonly hostAddress: string;
}

/** Returns the names of the host's interfaces that lead out of the lab. */
export function outwardLinks({ uplink, routes }: Pick<HostNetwork, "uplink" | "routes">): readonly string[] {
  const names = [...(uplink === null ? [] : [uplink.name]), ...routes.map((route) => route.interface)];
  return [...new Set(names)];
}

/** Returns what the host calls the link that leads to the nodes' LAN. */
export function lanLink(lan: Lan): string {
  switch (lan.kind) {
    case "private":
    case "bridge":
      return lan.bridge;
    case "virtualbox":
      return lan.interface;
    case "macvlan":
      return lan.parent;
    default:
      return lan satisfies never;
  }
}

/**
 * Returns the link on which the host can ask the LAN for a node's address and hear the node answer. A macvlan hears its
 * siblings, but never the link that it sits on.
 */
export function heardOn(lan: Lan): string {
  return lan.kind === "macvlan" ? lan.shim : lanLink(lan);
}

/** Tells whether the lab has a LAN of its own. */
export function isPrivate(network: HostNetwork): network is PrivateNetwork {
  return network.lan.kind === "private";
}

/** Tells whether the nodes are further MAC addresses of an interface of the host. */
export function isMacvlan(network: HostNetwork): network is MacvlanNetwork {
  return network.lan.kind === "macvlan";
}
