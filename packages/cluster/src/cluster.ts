import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/lab";
import type { Asked, Release } from "./source/release.js";
import type { HostNetwork, Machine, Machines } from "./upstream.js";

/** A lab's cluster, as `.lab/cluster.json` records it. */
export interface Cluster extends Release {
  /** What lab.yaml asked for when the release was chosen. */
  readonly asked: Asked;
  /** Of the k3s binary. */
  readonly sha256: string;
  /** "https://10.76.0.10:6443" */
  readonly server: string;
  readonly serverNode: string;
  /** On the host. */
  readonly kubeconfig: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly clusterDns: string;
}

export const apiPort = 6443;

/** What the cluster will be: pure data of its release and the values upstream. */
export function decideCluster(
  lab: Lab,
  network: HostNetwork,
  { machines }: Machines,
  { asked, release }: { readonly asked: Asked; readonly release: Release },
): Cluster {
  const server = serverOf(machines);
  const { podCidr, serviceCidr, clusterDns } = network;
  return {
    ...release,
    asked,
    sha256: release.binary.sha256,
    server: `https://${server.address}:${apiPort}`,
    serverNode: server.name,
    kubeconfig: lab.state.path("kubeconfig"),
    podCidr,
    serviceCidr,
    clusterDns,
  };
}

export function serverOf(machines: readonly Machine[]): Machine {
  const server = machines.find(({ role }) => role === "server");
  if (server === undefined) throw new Problem("machines.json", "has no server, expected one");
  return server;
}
