import { nodeGuardTable, type NodeGuardOptions } from "./names.js";

/**
 * Renders the table. Its chains come behind dstnat (-100), where kube-proxy translates, in the hook of what is
 * forwarded and in that of what the node itself sends: what is still addressed to a service there has not been
 * translated, in each of kube-proxy's modes. Before filter (0), because kube-proxy's nftables mode drops there in
 * silence what is to be rejected at once.
 *
 * What conntrack calls invalid is never translated, not even if it belongs to a connection that lives: a reset would
 * end that connection, so it is dropped (https://github.com/kubernetes/kubernetes/issues/74839).
 *
 * Pod addresses: the last route to them leads to lo (see the script), so what goes there has no node. lo is also the
 * way to the node's own addresses, such as that of its pod bridge; and what is translated in the output hook from one
 * of these to a pod is routed again, while the hook goes on naming lo.
 */
export function nodeGuardRuleset({ serviceCidr, podCidr }: NodeGuardOptions): string {
  const entry = (hook: string, more = "") => `  chain ${hook} {
    type filter hook ${hook} priority filter - 10; policy accept;
    ip daddr ${serviceCidr} goto services
${more}    ip daddr ${podCidr} oif "lo" fib daddr type != local goto pods
  }
`;
  const reject = (name: string) => `  chain ${name} {
    ct state invalid counter drop
    meta l4proto tcp counter reject with tcp reset
    counter reject with icmpx type host-unreachable
  }
`;
  const { family, table } = nodeGuardTable;
  return `table ${family} ${table} {\n${entry("forward")}${entry("output", "    ct status dnat accept\n")}${["services", "pods"].map(reject).join("")}}\n`;
}
