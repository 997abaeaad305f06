/** A LAN with an emulated host on it, as data. */
export interface Lan {
  /** The router's bridge, and its port for the host's cable. */
  readonly bridge: string;
  readonly port: string;
  /** The host's end of the cable. */
  readonly uplink: string;
  readonly uplinkMac: string;
  readonly subnet: string;
  readonly prefixLength: number;
  readonly hostAddress: string;
  readonly routerAddress: string;
  /** A DNS server behind the router, in a network of its own. */
  readonly internet?: string;
  /** What the router's DHCP server hands out. */
  readonly pool?: { readonly first: string; readonly last: string };
  /** A computer that has an address already. */
  readonly neighbour?: { readonly address: string; readonly mac: string };
}

/** Nothing but the host and a router that leads nowhere. The same in each world, since no two of them meet. */
export const lan = {
  bridge: "lan",
  port: "port0",
  uplink: "lan0",
  uplinkMac: "02:00:00:00:77:10",
  subnet: "192.168.77.0/24",
  prefixLength: 24,
  hostAddress: "192.168.77.10",
  routerAddress: "192.168.77.1",
} as const satisfies Lan;

/** The LAN of the seed's Vagrantfile, in a home: its second agent's address is taken. */
export const seedLan = {
  bridge: "lan",
  port: "port0",
  uplink: "lan0",
  uplinkMac: "02:00:00:00:01:17",
  subnet: "192.168.1.0/24",
  prefixLength: 24,
  hostAddress: "192.168.1.17",
  routerAddress: "192.168.1.1",
  internet: "8.8.8.8",
  pool: { first: "192.168.1.150", last: "192.168.1.199" },
  neighbour: { address: "192.168.1.112", mac: "02:00:00:00:01:70" },
} as const satisfies Lan;

export const lans = { plain: lan, seed: seedLan } as const;

/** The host's bridge, where it has one: the uplink is its port, and it has the host's address. */
export const hostBridge = "br0";
