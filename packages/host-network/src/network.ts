/** The lab's network as `.lab/host-network.json` records it: what this package has chosen and made. */
export interface HostNetwork {
  /** The host's interface with the default route that lab traffic leaves by; null where there is none. */
  readonly uplink: Uplink | null;
  readonly lan: {
    /** The lab's own bridge on the host. */
    readonly bridge: string;
    /** "10.76.0.0/24" */
    readonly subnet: string;
  };
  /** The host's address on the bridge, which is the default route of every node. */
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
