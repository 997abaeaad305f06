import { chains, type NodeGuardOptions } from "./names.js";

export type Table = "filter" | "security";

/**
 * Renders the guard's own chains, for `iptables-restore --noflush`, written as iptables-save shows them. The script
 * puts the jumps to them first in FORWARD and OUTPUT. Only the filter table can reject, and there an earlier rule can
 * accept; the security table comes after it, and no other program writes into it: it drops what slipped by.
 */
export function nodeGuardIptables(options: NodeGuardOptions): Readonly<Record<Table, string>> {
  return { filter: restore("filter", options), security: restore("security", options) };
}

function restore(table: Table, options: NodeGuardOptions): string {
  const declared = Object.values(chains).map((chain) => `:${chain} - [0:0]\n`);
  const rules = chainRules(table, options).map((rule) => `${rule}\n`);
  return `*${table}\n${[...declared, ...rules].join("")}COMMIT\n`;
}

/** Returns the rules in the order of their chains. */
export function chainRules(table: Table, { serviceCidr, podCidr }: NodeGuardOptions): readonly string[] {
  const { entry, services, pods } = chains;
  return [
    `-A ${entry} -d ${serviceCidr} -j ${services}`,
    // See the nftables' rules; that FORWARD need not let these go makes no difference but to how fast they fail.
    `-A ${entry} -m conntrack --ctstate DNAT -j RETURN`,
    `-A ${entry} -d ${podCidr} -o lo -m addrtype ! --dst-type LOCAL -j ${pods}`,
    ...[services, pods].flatMap((chain) => ends[table].map((end) => `-A ${chain} ${end}`)),
  ];
}

const ends: Readonly<Record<Table, readonly string[]>> = {
  filter: [
    "-m conntrack --ctstate INVALID -j DROP",
    "-p tcp -j REJECT --reject-with tcp-reset",
    "-j REJECT --reject-with icmp-host-unreachable",
  ],
  security: ["-j DROP"],
};
