import type { HostNetwork } from "@k3s-lab/host-network";
import type { Cidr } from "@k3s-lab/ip";
import { type Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Machines } from "@k3s-lab/machines";
import type { Asked, Foreseen, Release } from "@k3s-lab/k3s-source";

/** A lab's cluster, as `.lab/cluster.json` records it. */
export interface Cluster extends Release, ClusterFacts {}

/** A cluster that is still to be made: what it is installed from may not be known yet. */
export type ForeseenCluster = Foreseen & ClusterFacts;

interface ClusterFacts {
  /** What lab.yaml asked for when the release was chosen. */
  readonly asked: Asked;
  /** Checksum of the k3s binary. */
  readonly sha256: string;
  /** Where nodes join, and the host reaches the API: the server's address, or the one that several servers share. */
  readonly server: string;
  /** Where this host reaches the API, if that is elsewhere: "https://127.0.0.1:41873" */
  readonly api?: string;
  /** The server, or the first of several, on which the cluster has begun. */
  readonly serverNode: string;
  /** The names of several servers; absent where there is one. */
  readonly servers?: readonly string[];
  /** The path of the kubeconfig on the host. */
  readonly kubeconfig: string;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
  readonly clusterDns: string;
}

const apiPort = 6443;

/** Returns where the API is at an address. */
export function apiAt(address: string): string {
  return `https://${address}:${apiPort}`;
}

/** Decides what the cluster will be: pure data of its release and the values upstream. */
export function decideCluster<Known extends Foreseen>(
  lab: Pick<Lab, "state">,
  { podCidr, serviceCidr, clusterDns }: Pick<HostNetwork, "podCidr" | "serviceCidr" | "clusterDns">,
  { machines, docker, sharedAddress }: Pick<Machines, "machines" | "docker" | "sharedAddress">,
  { asked, release }: { readonly asked: Asked; readonly release: Known },
): Known & ClusterFacts {
  const servers = machines.filter(({ role }) => role === "server");
  const [server] = servers;
  if (server === undefined) throw new Problem("LAB-K3S-001", "machines.json", "has no server, expected one");
  return {
    ...release,
    asked,
    sha256: release.binary.sha256,
    server: apiAt(sharedAddress ?? server.address),
    ...(docker && { api: `https://127.0.0.1:${docker.apiPort}` }),
    serverNode: server.name,
    ...(servers.length > 1 && { servers: servers.map(({ name }) => name) }),
    kubeconfig: lab.state.path("kubeconfig"),
    podCidr,
    serviceCidr,
    clusterDns,
  };
}
