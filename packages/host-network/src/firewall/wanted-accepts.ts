import type { HostNetwork } from "../network.js";

/** What a firewall of the host that drops must let through for a lab, and nothing beyond. */
export interface Accept {
  readonly from: string;
  readonly to: string;
  /** Only what belongs to a connection that a node began. */
  readonly replies: boolean;
  /** Only what a node sends, or is sent. */
  readonly source?: string | undefined;
  readonly destination?: string | undefined;
}

/** Returns the accepts, also between nodes: with br_netfilter a frame between two ports of a bridge crosses FORWARD. */
export function wantedAccepts({
  lan,
  uplink,
  addresses,
}: Pick<HostNetwork, "lan" | "uplink" | "addresses">): readonly Accept[] {
  // Their frames do not cross FORWARD.
  if (lan.kind === "macvlan" || lan.kind === "virtualbox") return [];
  const inside = { from: lan.bridge, to: lan.bridge, replies: false };
  if (lan.kind === "bridge") {
    // The bridge may have further ports, which do not concern the lab.
    return Object.values(addresses).flatMap((node) => [
      { ...inside, source: node },
      { ...inside, destination: node },
    ]);
  }
  if (uplink === null) return [inside];
  return [
    inside,
    { from: lan.bridge, to: uplink.name, replies: false },
    { from: uplink.name, to: lan.bridge, replies: true },
  ];
}

/** Renders it as iptables reads and prints it. */
export function iptablesRule({ from, to, replies, source, destination }: Accept, comment: string): string {
  const ends = `${source ? `-s ${source}/32 ` : ""}${destination ? `-d ${destination}/32 ` : ""}`;
  const state = replies ? " -m conntrack --ctstate RELATED,ESTABLISHED" : "";
  return `${ends}-i ${from} -o ${to}${state} -m comment --comment "${comment}" -j ACCEPT`;
}

export function nftRule({ from, to, replies, source, destination }: Accept, comment: string): string {
  const ends = `${source ? `ip saddr ${source} ` : ""}${destination ? `ip daddr ${destination} ` : ""}`;
  const state = replies ? "ct state established,related " : "";
  return `iifname "${from}" oifname "${to}" ${ends}${state}accept comment "${comment}"`;
}
