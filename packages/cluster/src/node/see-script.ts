import { type NodeGuardOptions, nodeGuardSeeScript } from "@k3s-lab/guard";
import { startedWith } from "../config/node-files.js";
import type { ServiceManager } from "@k3s-lab/service-manager";
import type { Service } from "../config/unit.js";
import { labNodeFiles, nodeFiles } from "../files.js";
import { lookupScript } from "./lookup.js";

export interface Look {
  readonly service: Service;
  readonly manager: ServiceManager;
  /** Files whose content matters: they are small, and summed at every look. */
  readonly files: readonly string[];
  readonly guarded: NodeGuardOptions;
  /** Asked from the network of a pod, if given. */
  readonly clusterDns?: string;
}

/**
 * One shell script that prints all that the steps want to know of a node, so that a run with nothing to do costs one
 * process a machine. Changes nothing; what is not there prints nothing. Secrets go to standard output only.
 */
export function seeScript({ service, manager, files, guarded, clusterDns }: Look): string {
  const server = service.command === "server";
  const list = files.join(" ");
  return `
stat -c 'mode %a %n' ${list} 2>/dev/null
sha256sum ${list} 2>/dev/null | sed 's/^/sum /'
stat -c 'size %s %n' ${nodeFiles.binary} ${nodeFiles.images}/* 2>/dev/null
sed 's/^/installed /' ${labNodeFiles.installed} 2>/dev/null
for link in ${nodeFiles.links.join(" ")}; do [ -L $link ] && echo "link $(readlink $link) $link"; done
${manager.seeScript(service.name)}
tr '\\0' '\\n' 2>/dev/null < /proc/$pid/environ | sed -n 's/^${startedWith}=/started /p'
[ -s ${nodeFiles.nodePassword} ] && echo password
${server ? `[ -s ${nodeFiles.joinToken} ] && echo "token $(base64 -w0 ${nodeFiles.joinToken})"` : ""}
${server ? `[ -s ${nodeFiles.kubeconfig} ] && echo "kubeconfig $(base64 -w0 ${nodeFiles.kubeconfig})"` : ""}
${nodeGuardSeeScript(guarded, manager.name)}
${clusterDns === undefined ? "" : lookupScript(clusterDns)}
true
`;
}
