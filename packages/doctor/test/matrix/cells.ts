// The one request of a client on the host, while a VIF that forwards into the cluster is connected.
import { cluster, lan, namesAt, type Taken } from "@k3s-lab/testbed";

export interface Cell {
  readonly title: string;
  /** The network that the traffic manager dials from. */
  readonly manager: "pod" | "node";
  /** Which of the topology's resolvers the cluster asks for names that it does not know itself. */
  readonly resolver: "leadsBack" | "safe";
  /** Arguments of the testbed's client. */
  readonly client: readonly [what: "tcp" | "udp" | "name", address: string, to: string];
  /** The packet that reaches the VIF. */
  readonly comesAs: Omit<Taken, "source">;
}

/** A service without pods. */
const unserved = "10.43.0.9";
/** An address of the pod CIDR that is on no node. */
const noPod = "10.42.9.9";
/** What the VIF maps besides the cluster: TEST-NET-3. */
export const alsoProxied = "203.0.113.0/24";

const usual = { manager: "pod", resolver: "leadsBack" } as const;
const other = { manager: "node", resolver: "safe" } as const;

function tcp(address: string, port: number): Pick<Cell, "client" | "comesAs"> {
  return { client: ["tcp", address, String(port)], comesAs: { protocol: "tcp", address, port } };
}

function udp(address: string, port: number): Pick<Cell, "client" | "comesAs"> {
  return { client: ["udp", address, String(port)], comesAs: { protocol: "udp", address, port } };
}

const name = {
  client: ["name", lan.routerAddress, "nobody.example"],
  comesAs: { protocol: "udp", address: namesAt, port: 53 },
} as const;

export const cells = {
  tcp: { ...usual, ...tcp(unserved, 80), title: "TCP, a service without pods" },
  port: { ...usual, ...tcp(cluster.served.address, 81), title: "TCP, wrong port of a service with pods" },
  udp: { ...usual, ...udp(unserved, 5000), title: "UDP, a service without pods" },
  hostNetwork: { ...other, ...tcp(unserved, 80), title: "TCP, the manager in the node's own network" },
  pod: { ...usual, ...udp(noPod, 5000), title: "UDP, a pod of no node" },
  also: { ...usual, ...tcp("203.0.113.9", 80), title: "TCP, an also-proxy address" },
  namesBack: { ...usual, ...name, title: "DNS, a resolver that leads back" },
  namesSafe: { ...other, ...name, title: "DNS, a resolver that does not" },
} as const satisfies Record<string, Cell>;

export type CellName = keyof typeof cells;
