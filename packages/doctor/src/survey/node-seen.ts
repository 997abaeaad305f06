import type { NodeGuardSeen } from "@k3s-lab/guard";
import type { Answer } from "@k3s-lab/host-network";
import type { IpState, Listener, Neighbour } from "@k3s-lab/ip";
import type { Machine } from "@k3s-lab/machines";

/** What one look at a node has shown. */
export interface NodeSeen {
  readonly machine: Machine;
  /** Absent where the `ip` of the node prints no JSON (busybox). */
  readonly ip?: NodeIp | undefined;
  readonly resolvers: readonly string[];
  readonly listeners: readonly Listener[];
  readonly disks: readonly Disk[];
  readonly forwarding?: string | undefined;
  /** How kube-proxy programs the node: iptables, ipvs, nftables, or unknown. */
  readonly proxyMode: string;
  readonly guard: NodeGuardSeen;
  readonly certificates: readonly Certificate[];
  readonly clock: Clock;
  /** How its programs resolve names; absent where it was not asked. */
  readonly lookup?: Lookup | undefined;
  /** What the cluster's DNS server answers its pods; absent where it was not asked. */
  readonly podLookup?: Answer | undefined;
}

/** Whether one of several names is known; nobody: there is no server to ask. */
export type Lookup = "known" | "unknown" | "nobody";

export type RoutedNode = NodeSeen & { readonly ip: NodeIp };

export interface NodeIp extends IpState {
  readonly neighbours: readonly Neighbour[];
}

export interface Certificate {
  /** The path on the node. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** A disk's sizes, in bytes. */
export interface Disk {
  readonly place: string;
  readonly size: number;
  readonly available: number;
  /** Of a disk that has a fixed number of them. */
  readonly inodes?: number;
  readonly freeInodes?: number;
}

/** Milliseconds since 1970: the host's clock before and after it asked the node for its own. */
export interface Clock {
  readonly before: number;
  readonly node: number;
  readonly after: number;
}
