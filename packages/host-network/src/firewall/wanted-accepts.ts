import { type HostNetwork, outwardLinks } from "../network.js";

/** What a firewall of the host that drops must let through for a lab, and nothing beyond. */
export interface Accept {
  /** Absent: by whatever interface. The same for `to`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Only what belongs to a connection that a node began; only what the host has sent on to another address. */
  readonly only?: "replies" | "redirected" | undefined;
  /** Only what a node sends, or is sent. */
  readonly source?: string | undefined;
  readonly destination?: string | undefined;
}

/** Returns the accepts, also between nodes: with br_netfilter a frame between two ports of a bridge crosses FORWARD. */
export function wantedAccepts({
  lan,
  uplink,
  routes,
  addresses,
}: Pick<HostNetwork, "lan" | "uplink" | "routes" | "addresses">): readonly Accept[] {
  // Their frames do not cross FORWARD.
  if (lan.kind === "macvlan" || lan.kind === "virtualbox") return [];
  const inside = { from: lan.bridge, to: lan.bridge };
  if (lan.kind === "bridge") {
    // The bridge may have further ports, which do not concern the lab.
    return Object.values(addresses).flatMap((node) => [
      { ...inside, source: node },
      { ...inside, destination: node },
    ]);
  }
  return [
    inside,
    ...outwardLinks({ uplink, routes }).map((to) => ({ from: lan.bridge, to })),
    { from: lan.bridge, only: "redirected" },
    { to: lan.bridge, only: "replies" },
  ];
}

/** Renders it as iptables reads and prints it. */
export function iptablesRule({ from, to, only, source, destination }: Accept, comment: string): string {
  const words = [
    source && `-s ${source}/32`,
    destination && `-d ${destination}/32`,
    from && `-i ${from}`,
    to && `-o ${to}`,
    only && `-m conntrack --ctstate ${{ replies: "RELATED,ESTABLISHED", redirected: "DNAT" }[only]}`,
  ];
  return `${words.filter(Boolean).join(" ")} -m comment --comment "${comment}" -j ACCEPT`;
}

export function nftRule({ from, to, only, source, destination }: Accept, comment: string): string {
  const words = [
    from && `iifname "${from}"`,
    to && `oifname "${to}"`,
    source && `ip saddr ${source}`,
    destination && `ip daddr ${destination}`,
    only && { replies: "ct state established,related", redirected: "ct status dnat" }[only],
  ];
  return `${words.filter(Boolean).join(" ")} accept comment "${comment}"`;
}
