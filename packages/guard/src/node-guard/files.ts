import { readFileSync } from "node:fs";
import { shellWord } from "@k3s-lab/exec";
import { type Daemon, serviceManagers, type ServiceManagerName } from "@k3s-lab/service-manager";
import { nodeGuardIptables } from "./iptables.js";
import { chains, lastMetric, type NodeGuardOptions, nodeGuardPaths, nodeGuardTable, serviceName } from "./names.js";
import { nodeGuardRuleset } from "./nftables.js";

export interface NodeGuardFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

const shell = (name: string) => readFileSync(new URL(`../../shell/${name}.sh`, import.meta.url), "utf8");

/** Returns all that makes a node guarded, whichever of nft and iptables it has; nodeGuardStartScript then loads it. */
export function nodeGuardFiles(options: NodeGuardOptions, manager: ServiceManagerName): readonly NodeGuardFile[] {
  const { filter, security } = nodeGuardIptables(options);
  const { serviceFile, serviceFileMode, logRotation, daemon: render } = serviceManagers[manager];
  return [
    { path: nodeGuardPaths.nftables, content: nodeGuardRuleset(options), mode: 0o644 },
    { path: nodeGuardPaths.filter, content: filter, mode: 0o644 },
    { path: nodeGuardPaths.security, content: security, mode: 0o644 },
    { path: nodeGuardPaths.names, content: namesFile(options), mode: 0o644 },
    { path: nodeGuardPaths.program, content: shell("node-guard"), mode: 0o755 },
    ...logRotation(serviceName),
    { path: serviceFile(serviceName), content: render(daemon), mode: serviceFileMode },
  ];
}

/** Renders what the program sources. */
function namesFile({ podCidr }: NodeGuardOptions): string {
  const names = {
    NFT_FAMILY: nodeGuardTable.family,
    NFT_TABLE: nodeGuardTable.table,
    ENTRY: chains.entry,
    SERVICES: chains.services,
    PODS: chains.pods,
    POD_CIDR: String(podCidr),
    METRIC: String(lastMetric),
    LOADED: nodeGuardPaths.loaded,
    PID: nodeGuardPaths.pid,
  };
  return Object.entries(names)
    .map(([name, value]) => `${name}=${shellWord(value)}\n`)
    .join("");
}

/** Programs that flush rules when they start; those that are not installed do no harm. */
const firewalls = ["nftables", "iptables", "netfilter-persistent", "firewalld", "ufw"] as const;
const k3s = ["k3s", "k3s-agent"] as const;

// Nothing happens when it stops: a guard is taken away on purpose only. For the same reason it is no part of
// nftables.service, which would stop it, too; it watches instead, and puts itself back whatever flushed the rules.
const daemon: Daemon = {
  name: serviceName,
  description: "Keeps what no pod serves from looping between this cluster and its host",
  program: nodeGuardPaths.program,
  prepare: "load",
  stay: "watch",
  order: {
    systemd: { after: firewalls, before: k3s },
    openrc: { after: ["firewall", ...firewalls], before: k3s },
  },
};

/** Returns shell to run once the files are written. Where nothing has changed, nothing is replaced. */
export function nodeGuardStartScript(manager: ServiceManagerName): string {
  // The guard itself reports what fails here, not a service manager in its own words.
  return `set -e
${nodeGuardPaths.program} load
${serviceManagers[manager].startScript(serviceName, "restart")}
set -- ${nodeGuardPaths.pid}
${shell("await-node-guard")}`;
}
