import { readFile } from "node:fs/promises";
import type { Lab } from "@k3s-lab/lab";
import { readMachines } from "@k3s-lab/machines";
import { Api } from "./api/api.js";
import { credentialsIn } from "./api/kubeconfig.js";
import { type KubeNode, nodesPath, obstacleOf } from "./api/kube-node.js";
import { allPodsPath, type Pod, waitOf } from "./api/pod.js";
import { readCluster } from "./cluster.js";
import type { Release } from "./source/release.js";

/** A cluster as `lab:status` shows it. */
export interface ClusterDescription {
  readonly version: string;
  readonly source: Release["source"];
  /** Of the k3s binary. */
  readonly sha256: string;
  /** What K3s has and this cluster has not. */
  readonly lacks: readonly string[];
  readonly server: string;
  readonly kubeconfig: string;
  /** Why the API says nothing; absent where it answers. */
  readonly silence?: string;
  readonly nodes: readonly NodeDescription[];
  readonly podsNotRunning: readonly PodDescription[];
}

export interface NodeDescription {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly address: string;
  /** Absent where the API does not answer, or the node has not joined. */
  readonly version?: string;
  readonly ready: boolean;
  /** Why it is not Ready. */
  readonly obstacle?: string;
}

export interface PodDescription {
  readonly namespace: string;
  readonly name: string;
  readonly node?: string;
  readonly waitsFor: string;
}

/** What K3s brings and the build from modules does not. */
export const absentFromModules = ["traefik", "metrics-server", "local-path storage", "network policy"] as const;

/** Undefined before the first `lab:up`. Asks the API, if it answers, and no machine: any user may. */
export async function describeCluster(
  lab: Pick<Lab, "state">,
  signal: AbortSignal,
): Promise<ClusterDescription | undefined> {
  const cluster = readCluster(lab);
  if (cluster === undefined) return undefined;
  const { version, source, sha256, server, kubeconfig } = cluster;
  const seen = await ask(cluster, signal);
  const objects = new Map(seen.nodes.map((node) => [node.metadata.name, node]));
  return {
    version,
    source,
    sha256,
    lacks: source === "modules" ? absentFromModules : [],
    server,
    kubeconfig,
    ...(seen.silence === undefined ? {} : { silence: seen.silence }),
    nodes: (readMachines(lab)?.machines ?? []).map(({ name, role, address }) => {
      const object = objects.get(name);
      const obstacle = seen.silence === undefined ? obstacleOf(object) : "is unknown: the API does not answer";
      const kubelet = object?.status?.nodeInfo?.kubeletVersion;
      return {
        name,
        role,
        address,
        ...(kubelet === undefined ? {} : { version: kubelet }),
        ready: obstacle === undefined,
        ...(obstacle === undefined ? {} : { obstacle }),
      };
    }),
    podsNotRunning: seen.pods.flatMap(describePod),
  };
}

function describePod(pod: Pod): readonly PodDescription[] {
  const waitsFor = waitOf(pod);
  if (waitsFor === undefined) return [];
  const { namespace, name } = pod.metadata;
  const node = pod.spec?.nodeName;
  return [{ namespace, name, ...(node === undefined ? {} : { node }), waitsFor }];
}

interface Answers {
  readonly nodes: readonly KubeNode[];
  readonly pods: readonly Pod[];
  readonly silence?: string;
}

async function ask(
  { server, kubeconfig }: { readonly server: string; readonly kubeconfig: string },
  signal: AbortSignal,
): Promise<Answers> {
  try {
    const credentials = credentialsIn(await readFile(kubeconfig, "utf8"));
    if (credentials === undefined) return { nodes: [], pods: [], silence: `${kubeconfig} is no kubeconfig of K3s` };
    const api = new Api(server, credentials);
    const list = async <Item>(path: string) => (await api.get<{ items: readonly Item[] }>(path, signal)).items;
    const [nodes, pods] = await Promise.all([list<KubeNode>(nodesPath), list<Pod>(allPodsPath)]);
    return { nodes, pods };
  } catch (error) {
    signal.throwIfAborted();
    return { nodes: [], pods: [], silence: error instanceof Error ? error.message : String(error) };
  }
}
