import { chains, type NodeGuardOptions, nodeGuardPaths, nodeGuardTable, type ServiceManagerName } from "./names.js";
import { guardServices } from "./services.js";

/** Shell that prints all that readNodeGuard wants to know, to be part of one look at a node. Changes nothing. */
export function nodeGuardSeeScript({ podCidr }: NodeGuardOptions, manager: ServiceManagerName): string {
  return `
if guard=$(nft -j list table ${nodeGuardTable.family} ${nodeGuardTable.table} 2>/dev/null); then echo "guard nftables $guard"
else
  for table in filter security; do iptables-save -c -t $table 2>/dev/null; done |
    sed -n 's/^\\*\\|^\\[.*-A \\(FORWARD\\|OUTPUT\\|${chains.entry}\\)/guard iptables &/p'
fi
ip -4 route show exact ${podCidr} dev lo 2>/dev/null | sed 's/^/guard route /'
[ -e ${guardServices[manager].enabled} ] && echo "guard enabled"
read -r pid 2>/dev/null <${nodeGuardPaths.pid} && tr '\\0' ' ' 2>/dev/null </proc/$pid/cmdline | grep -q 'node-guard watch' &&
  echo "guard watched"
true
`;
}
