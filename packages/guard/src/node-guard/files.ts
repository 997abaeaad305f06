import { serviceManagers, type ServiceManagerName } from "@k3s-lab/service-manager";
import { nodeGuardIptables } from "./iptables.js";
import { type NodeGuardOptions, nodeGuardPaths, serviceName } from "./names.js";
import { nodeGuardRuleset } from "./nftables.js";
import { nodeGuardScript } from "./script.js";
import { isWatched } from "./see.js";
import { guardService } from "./services.js";

export interface NodeGuardFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** All that makes a node guarded, whichever of nft and iptables it has; then nodeGuardStartScript takes it in. */
export function nodeGuardFiles(options: NodeGuardOptions, manager: ServiceManagerName): readonly NodeGuardFile[] {
  const { filter, security } = nodeGuardIptables(options);
  return [
    { path: nodeGuardPaths.nftables, content: nodeGuardRuleset(options), mode: 0o644 },
    { path: nodeGuardPaths.filter, content: filter, mode: 0o644 },
    { path: nodeGuardPaths.security, content: security, mode: 0o644 },
    { path: nodeGuardPaths.script, content: nodeGuardScript(options), mode: 0o755 },
    guardService(manager),
  ];
}

/** Shell, to be run once the files are written. Where nothing has changed, nothing is replaced. */
export function nodeGuardStartScript(manager: ServiceManagerName): string {
  // A service manager says that a program was started, not that it has come to its first line.
  return `set -e
${serviceManagers[manager].startScript(serviceName, "restart")}
tries=0
until { ${isWatched}; } 2>/dev/null; do
  tries=$((tries + 1))
  [ $tries -lt ${startTries} ] || { echo 'node guard: nothing watches over it' >&2; exit 1; }
  sleep 0.02
done
`;
}

/** Two seconds. */
const startTries = 100;

/** Shell that leaves a node as if it had never been guarded; also where only a part of the guard is there. */
export function nodeGuardRemoveScript(manager: ServiceManagerName): string {
  const { stopScript, serviceFile, forgetScript } = serviceManagers[manager];
  const { script, nftables, filter, security } = nodeGuardPaths;
  return `{ ${stopScript(serviceName)}; } 2>/dev/null
[ ! -x ${script} ] || ${script} remove
rm -f ${[serviceFile(serviceName), script, nftables, filter, security].join(" ")}
${forgetScript}
`;
}
