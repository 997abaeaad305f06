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
  /** Where agents join: "https://10.76.0.10:6443" */
  readonly server: string;
  /** Where this host reaches the API, if that is elsewhere: "https://127.0.0.1:41873" */
  readonly api?: string;
  readonly serverNode: string;
  /** The path of the kubeconfig on the host. */
  readonly kubeconfig: string;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
  readonly clusterDns: string;
}

const apiPort = 6443;

/** Decides what the cluster will be: pure data of its release and the values upstream. */
export function decideCluster<Known extends Foreseen>(
  lab: Pick<Lab, "state">,
  { podCidr, serviceCidr, clusterDns }: Pick<HostNetwork, "podCidr" | "serviceCidr" | "clusterDns">,
  { machines, docker }: Pick<Machines, "machines" | "docker">,
  { asked, release }: { readonly asked: Asked; readonly release: Known },
): Known & ClusterFacts {
  const server = machines.find(({ role }) => role === "server");
  if (server === undefined) throw new Problem("LAB-K3S-001", "machines.json", "has no server, expected one");
  return {
    ...release,
    asked,
    sha256: release.binary.sha256,
    server: `https://${server.address}:${apiPort}`,
    ...(docker && { api: `https://127.0.0.1:${docker.apiPort}` }),
    serverNode: server.name,
    kubeconfig: lab.state.path("kubeconfig"),
    podCidr,
    serviceCidr,
    clusterDns,
  };
}
