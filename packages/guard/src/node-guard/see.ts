import { readFileSync } from "node:fs";
import { shellWord } from "@k3s-lab/exec";
import { serviceManagers, type ServiceManagerName } from "@k3s-lab/service-manager";
import { chains, type NodeGuardOptions, nodeGuardPaths, nodeGuardTable, serviceName } from "./names.js";
import { readNodeGuard } from "./read.js";

const file = new URL("../../shell/see-node-guard.sh", import.meta.url);

/**
 * Returns what shows whether a node is guarded, as a section of one look at the node, whatever its service manager is.
 */
export function nodeGuardSection(options: NodeGuardOptions) {
  const enabled = Object.values(serviceManagers).flatMap((manager) => [
    manager.runtimeDir,
    manager.enabledFile(serviceName),
  ]);
  return {
    file,
    args: [...looked(options), ...enabled],
    parse: (output: string) => readNodeGuard(output, options),
  };
}

/** Returns the same as shell that is a part of a longer script, for a node whose service manager is known. */
export function nodeGuardSeeScript(options: NodeGuardOptions, manager: ServiceManagerName): string {
  const args = [...looked(options), "/", serviceManagers[manager].enabledFile(serviceName)];
  return `(set -- ${args.map(shellWord).join(" ")}; eval ${shellWord(readFileSync(file, "utf8"))})`;
}

function looked({ podCidr }: NodeGuardOptions): readonly string[] {
  return [String(podCidr), nodeGuardTable.family, nodeGuardTable.table, chains.entry, nodeGuardPaths.pid];
}
