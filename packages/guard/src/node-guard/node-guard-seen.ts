import type { Cidr } from "@k3s-lab/ip";
import type { Table } from "./iptables.js";

/** How often the guard has rejected something since its rules were loaded. */
export interface Rejections {
  readonly tcpReset: number;
  readonly hostUnreachable: number;
  /** Dropped without an answer: packets that belong to no connection. */
  readonly dropped: number;
}

export interface Rejected {
  /** Packets to a service, or a port of one, that nothing serves. */
  readonly services: Rejections;
  /** Packets to a pod address that no node has. */
  readonly pods: Rejections;
}

export interface NodeGuardSeen {
  readonly by: "nftables" | "iptables" | "nothing";
  /**
   * Whether a packet that nothing serves is stopped on the node now. It takes the last route and a table whose rules
   * are whole and come first: rules that stand after another program's are loaded, too, but whatever that program
   * accepts passes them by. With iptables one such table is enough, because the security table drops what the filter
   * table let through. What matters later only, such as a start at boot, does not count.
   */
  readonly guarding: boolean;
  /** What has to be repaired; empty where the guard is whole. */
  readonly faults: readonly GuardFault[];
  readonly rejected: Rejected;
}

export type GuardFault =
  | { readonly kind: "no-rules" }
  | { readonly kind: "rules-changed"; readonly table: Table | "nftables" }
  | { readonly kind: "not-first"; readonly table: Table; readonly hook: "FORWARD" | "OUTPUT" }
  | { readonly kind: "no-route"; readonly podCidr: Cidr }
  | { readonly kind: "not-at-boot" }
  | { readonly kind: "unwatched" };

/** Describes a fault for a person, to stand after the node's name and a colon. */
export function faultText(fault: GuardFault): string {
  switch (fault.kind) {
    case "no-rules":
      return "the guard has no rules";
    case "rules-changed":
      return fault.table === "nftables"
        ? "the guard's nftables rules are not whole"
        : `the guard's rules in iptables' table ${fault.table} are not whole`;
    case "not-first":
      return `the guard is not first in ${fault.hook} of iptables' table ${fault.table}`;
    case "no-route":
      return `no last route for ${fault.podCidr}`;
    case "not-at-boot":
      return "the guard does not start at boot";
    case "unwatched":
      return "nothing watches over the guard";
    default:
      return fault satisfies never;
  }
}
