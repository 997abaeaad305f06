import { serviceManagers, type ServiceManagerName } from "@k3s-lab/service-manager";
import { chains, type NodeGuardOptions, nodeGuardPaths, nodeGuardTable, serviceName } from "./names.js";

/** Shell that prints all that readNodeGuard wants to know, to be part of one look at a node. Changes nothing. */
export function nodeGuardSeeScript({ podCidr }: NodeGuardOptions, manager: ServiceManagerName): string {
  return `
if guard=$(nft -j list table ${nodeGuardTable.family} ${nodeGuardTable.table} 2>/dev/null); then echo "guard nftables $guard"
else
  for table in filter security; do iptables-save -c -t $table 2>/dev/null; done |
    sed -n 's/^\\*\\|^\\[.*-A \\(FORWARD\\|OUTPUT\\|${chains.entry}\\)/guard iptables &/p'
fi
route=$(ip -4 route show exact ${podCidr} dev lo 2>/dev/null) && [ -n "$route" ] && echo "guard route $route"
[ -e ${serviceManagers[manager].enabledFile(serviceName)} ] && echo "guard enabled"
{ ${isWatched}; } 2>/dev/null && echo "guard watched"
true
`;
}

/** Shell: true where the process that the watch has written down is still the watch. */
export const isWatched = `read -r pid <${nodeGuardPaths.pid} && grep -qa node-guard /proc/$pid/cmdline`;
