import type { LabConfig } from "./config.js";

/** What the servers' shared address is called among those of nodes: no node can have this name. */
export const sharedName = "(servers)";

/** What the relay is called among them, by which a host of Docker's reaches several servers. */
export const relayName = "(relay)";

type OfNodes = Pick<LabConfig, "nodes">;

/** Returns the names of the servers, in the order of lab.yaml: the cluster begins on the first. */
export function serverNames({ nodes }: OfNodes): readonly string[] {
  return nodes.filter(({ role }) => role === "server").map(({ name }) => name);
}

/** Tells whether there are several servers, which share a store, an address and the registry's images. */
export function hasSeveralServers(config: OfNodes): boolean {
  return serverNames(config).length > 1;
}

/** Returns what needs an address on the LAN: the nodes, several servers together, and in Docker the relay to these. */
export function addressees(
  config: Pick<LabConfig, "nodes" | "cluster" | "machines">,
): readonly Pick<LabConfig["nodes"][number], "name" | "role" | "address">[] {
  if (!hasSeveralServers(config)) return config.nodes;
  // As if they were the last of the agents: addresses that nodes have stay theirs.
  const shared = { name: sharedName, role: "agent", address: config.cluster.address } as const;
  const relay = { name: relayName, role: "agent", address: undefined } as const;
  return [...config.nodes, shared, ...(config.machines.provider === "docker" ? [relay] : [])];
}
