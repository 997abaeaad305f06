import type { Machine } from "@k3s-lab/machines";
import type { Cluster } from "../cluster.js";
import { labPaths } from "../paths.js";
import type { K3sFlags } from "@k3s-lab/lab";
import { stringify } from "yaml";

export interface K3sConfig {
  readonly machine: Machine;
  readonly cluster: Pick<Cluster, "podCidr" | "serviceCidr" | "clusterDns">;
  readonly resolvers: readonly string[];
  readonly disable: readonly string[];
  readonly labId: string;
  /** What lab.yaml sets besides. */
  readonly flags: K3sFlags;
  /** Of a server's flags, those that agents ask it for when they start. */
  readonly toldToAgents: K3sFlags;
}

/** Tells the nodes that a lab has joined to its cluster from those that were joined by hand. */
export const labLabel = "k3s-lab";

const head = "# Written by k3s-lab; the next lab:up writes it again. Own settings go into config.yaml.d/.\n";

/**
 * Returns /etc/rancher/k3s/config.yaml. The addresses are named one by one, because K3s would take the interface of the default
 * route. `bind-address` is left alone on purpose: with it set, `kubectl logs` (k3s-io/k3s#10444) and metrics-server
 * (k3s-io/k3s#10749) have broken, and the API is wanted on every address of the server anyway.
 */
export function k3sConfig(config: K3sConfig): string {
  const { role } = config.machine;
  const { "tls-san": names, ...flags } = config.flags;
  const own = { ...nodeKeys(config), ...(role === "server" ? serverKeys(config, names) : {}) };
  // Every text in quotes, so that none is taken for a number, a date or a Boolean.
  return (
    head +
    noteOn(config) +
    stringify({ ...own, ...flags }, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 })
  );
}

/** A line that changes with what an agent only asks for when it starts: its file has to change for it to be restarted. */
function noteOn({ machine, toldToAgents }: K3sConfig): string {
  const told = Object.keys(toldToAgents).length > 0 && machine.role === "agent";
  return told ? `# Told by the server: ${JSON.stringify(toldToAgents)}\n` : "";
}

function nodeKeys({ machine, resolvers, labId }: K3sConfig) {
  return {
    "node-name": machine.name,
    "node-label": [`${labLabel}=${labId}`],
    "node-ip": machine.address,
    "flannel-iface": machine.interface,
    // The machine's resolver was chosen so that it is never the host. Where there is none at all, K3s' own way out
    // (8.8.8.8) lets CoreDNS start, which an empty file would not.
    "resolv-conf": resolvers.length === 0 ? undefined : "/etc/resolv.conf",
  };
}

function serverKeys({ machine, cluster, disable }: K3sConfig, names: K3sFlags[string] = []) {
  return {
    "advertise-address": machine.address,
    "tls-san": [machine.name, machine.address, ...[names].flat().map(String)],
    "cluster-cidr": String(cluster.podCidr),
    "service-cidr": String(cluster.serviceCidr),
    "cluster-dns": cluster.clusterDns,
    "write-kubeconfig-mode": "0600",
    "token-file": labPaths.token,
    "agent-token-file": labPaths.agentToken,
    disable: disable.length === 0 ? undefined : disable,
  };
}
