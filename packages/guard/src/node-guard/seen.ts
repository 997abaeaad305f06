/** How often the guard rejected something, since its rules were loaded. */
export interface Rejections {
  readonly tcpReset: number;
  readonly hostUnreachable: number;
  /** In silence: what belongs to no connection. */
  readonly dropped: number;
}

export interface Rejected {
  /** What was addressed to a service, or to a port of it, that nobody serves. */
  readonly services: Rejections;
  /** What was addressed to a pod of no node. */
  readonly pods: Rejections;
}

export interface NodeGuardSeen {
  readonly by: "nftables" | "iptables" | "nothing";
  /** What is not as it should be, each for a sentence "<node>: <fault>"; none: the guard is whole. */
  readonly faults: readonly string[];
  readonly rejected: Rejected;
}
