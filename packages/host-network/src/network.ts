/** The lab's network as `.lab/host-network.json` records it: what this package has chosen and made. */
export interface HostNetwork {
  /** The host's interface with the default route that lab traffic leaves by; null where there is none. */
  readonly uplink: Uplink | null;
  readonly lan: Lan;
  /** The default route of every node: the host's address on its own bridge, or else the LAN's router. */
  readonly gateway: string;
  /** Resolvers of the nodes, never the host itself; empty where the host has none that a node can use. */
  readonly resolvers: readonly string[];
  /** Address by the name of the node. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The service CIDR's tenth address. */
  readonly clusterDns: string;
}

export interface Uplink {
  readonly name: string;
  /** The router's address; absent where the default route names a device only. */
  readonly gateway?: string;
  /** The uplink's connected networks: "192.168.1.0/24". */
  readonly networks: readonly string[];
}

/** What the nodes are plugged into. */
export type Lan = PrivateLan | SharedBridge | Macvlan | VirtualBoxLan;

/** A bridge of the lab's own. */
interface PrivateLan {
  readonly kind: "private";
  readonly bridge: string;
  /** "10.76.0.0/24" */
  readonly subnet: string;
}

/** A lab's network whose LAN is its own. */
export type PrivateNetwork = HostNetwork & { readonly lan: PrivateLan };
/** A lab's network whose nodes are further MAC addresses of an interface of the host. */
export type MacvlanNetwork = HostNetwork & { readonly lan: Macvlan };

interface HostsLan {
  /** Of the LAN that the host itself is on. */
  readonly subnet: string;
  /** Sets the nodes' MAC addresses apart from those of a lab in a folder of that name on another host of the LAN. */
  readonly seed: string;
}

/** A bridge that the host has anyway. */
interface SharedBridge extends HostsLan {
  readonly kind: "bridge";
  readonly bridge: string;
}

/** An interface of the host, wired or Wi-Fi, that VirtualBox sends and receives the machines' frames by. */
interface VirtualBoxLan extends HostsLan {
  readonly kind: "virtualbox";
  /** As the host calls it. */
  readonly bridge: string;
  /** The host's on the interface, by which VirtualBox's own name of it is found. */
  readonly hostAddress: string;
}

/** An interface of the host, each node being a further MAC address on it. */
interface Macvlan extends HostsLan {
  readonly kind: "macvlan";
  readonly uplink: string;
  /** The host's own further MAC address: a macvlan hears its siblings, but never the link that it sits on. */
  readonly shim: string;
  readonly shimMac: string;
  /** The host's on the uplink, which it has on the shim, too. */
  readonly hostAddress: string;
}
