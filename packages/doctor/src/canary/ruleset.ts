import { canaryLink, canaryTable, times } from "./names.js";

/**
 * Renders rules that count what goes to the target, by link and port, and refuse what goes into the canary or a VIF.
 * Priority 300: after every firewall of the host, so that only what would really have left is counted. Anything else
 * passes: a router may send it back.
 *
 * "create" fails where the table exists already: it is also the lock. The target's timeout ends a little after that of
 * the route, so that at no moment the link swallows packets in silence; after it the rules match nothing.
 */
export function renderCanary(target: string, vifs: readonly string[]): string {
  const { family, table } = canaryTable;
  const links = [...new Set([canaryLink, ...vifs])].map((name) => `"${name}"`).join(", ");
  const chain = (hook: string, set: string) => `  chain ${hook} {
    type filter hook ${hook} priority 300; policy accept;
    ip daddr != @target accept
    update @${set} { oifname . tcp dport counter }
    oifname != { ${links} } accept
    meta l4proto tcp reject with tcp reset
    reject with icmpx type host-unreachable
  }
`;
  return `create table ${family} ${table}
table ${family} ${table} {
  set target { type ipv4_addr; flags timeout; elements = { ${target} timeout ${times.life + 2}s } }
  set forwarded { typeof oifname . tcp dport; size 65535; flags dynamic; }
  set sent { typeof oifname . tcp dport; size 65535; flags dynamic; }
${chain("forward", "forwarded")}${chain("output", "sent")}}
`;
}
