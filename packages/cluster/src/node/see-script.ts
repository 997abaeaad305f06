import { type NodeGuardOptions, nodeGuardSeeScript } from "@k3s-lab/guard";
import { startedWithVariable } from "../config/node-files.js";
import type { ServiceManager } from "@k3s-lab/service-manager";
import type { Service } from "../config/unit.js";
import { labPaths, k3sPaths } from "../paths.js";
import { lookupScript } from "./lookup.js";

export interface Look {
  readonly service: Service;
  readonly manager: ServiceManager;
  /** Files whose content matters: they are small, and summed at every look. */
  readonly files: readonly string[];
  readonly guarded: NodeGuardOptions;
  /** Asked from the network of a pod, if given. */
  readonly clusterDns?: string | undefined;
}

/**
 * One shell script that prints all that the steps want to know of a node, so that a run with nothing to do costs one
 * process a machine. Changes nothing; what does not exist prints nothing. Secrets go to standard output only. The age of K3s
 * is the difference of two processes' start times in clock ticks since boot (100 a second): no clock that is set meanwhile
 * disturbs it, and /proc/uptime, which a container may see changed, is not needed.
 */
export function seeScript({ service, manager, files, guarded, clusterDns }: Look): string {
  const server = service.command === "server";
  const list = files.join(" ");
  return `
stat -c 'mode %a %n' ${list} 2>/dev/null
sha256sum ${list} 2>/dev/null | sed 's/^/sum /'
stat -c 'size %s %n' ${k3sPaths.binary} ${k3sPaths.images}/* 2>/dev/null
sed 's/^/installed /' ${labPaths.installed} 2>/dev/null
for link in ${k3sPaths.links.join(" ")}; do [ -L $link ] && echo "link $(readlink $link) $link"; done
${manager.seeScript(service.name)}
tr '\\0' '\\n' 2>/dev/null < /proc/$pid/environ | sed -n 's/^${startedWithVariable}=/started /p'
ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
started=$(ticks "$pid")
[ -z "$started" ] || echo "age $(awk -v now="$(ticks self)" -v then="$started" 'BEGIN { print (now - then) / 100 }')"
echo "now $(date +%s)"
[ -s ${k3sPaths.nodePassword} ] && echo password
${server ? `[ -s ${k3sPaths.joinToken} ] && echo "token $(base64 -w0 ${k3sPaths.joinToken})"` : ""}
${server ? `[ -s ${k3sPaths.kubeconfig} ] && echo "kubeconfig $(base64 -w0 ${k3sPaths.kubeconfig})"` : ""}
${nodeGuardSeeScript(guarded, manager.name)}
${clusterDns === undefined ? "" : lookupScript(clusterDns)}
true
`;
}
