import type { NodeGuardSeen } from "@k3s-lab/guard";
import type { IpState, Neighbour } from "@k3s-lab/ip";
import type { Machine } from "@k3s-lab/machines";
import type { Listener } from "./listeners.js";

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
}

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
}

/** Milliseconds since 1970: the host's clock before and after it asked the node for its own. */
export interface Clock {
  readonly before: number;
  readonly node: number;
  readonly after: number;
}
