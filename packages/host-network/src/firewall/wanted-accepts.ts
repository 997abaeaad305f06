import type { HostNetwork } from "../network.js";

/** What a firewall that drops by itself must let through for a lab, and nothing beyond. */
export interface Accept {
  readonly from: string;
  readonly to: string;
  /** Only what belongs to a connection that a node began. */
  readonly replies: boolean;
}

/** Nodes among each other, too: with br_netfilter a frame between two ports of a bridge crosses FORWARD. */
export function wantedAccepts({ lan: { bridge }, uplink }: Pick<HostNetwork, "lan" | "uplink">): readonly Accept[] {
  const inside = { from: bridge, to: bridge, replies: false };
  if (uplink === null) return [inside];
  return [inside, { from: bridge, to: uplink.name, replies: false }, { from: uplink.name, to: bridge, replies: true }];
}

/** As iptables writes and prints it. */
export function iptablesRule({ from, to, replies }: Accept, comment: string): string {
  const state = replies ? " -m conntrack --ctstate RELATED,ESTABLISHED" : "";
  return `-i ${from} -o ${to}${state} -m comment --comment "${comment}" -j ACCEPT`;
}

export function nftRule({ from, to, replies }: Accept, comment: string): string {
  const state = replies ? "ct state established,related " : "";
  return `iifname "${from}" oifname "${to}" ${state}accept comment "${comment}"`;
}
