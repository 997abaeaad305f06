import { certificateIn } from "@k3s-lab/cluster";
import { accessSync, constants } from "node:fs";
import { describeWait, type KubeNode, lookAtCluster, obstacleOf, type Pod, type PodWait, waitOf } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import type { Certificate } from "./node-seen.js";

/** What the cluster's API reports. */
export interface ClusterSeen {
  /** Why the API gives no answer; absent where it does. */
  readonly silence?: string | undefined;
  readonly nodes: readonly NodeObject[];
  readonly pods: readonly PodSeen[];
  /** The client's certificate in the lab's kubeconfig. */
  readonly client?: Certificate | undefined;
}

interface NodeObject {
  readonly name: string;
  /** Why it is not Ready. */
  readonly obstacle?: string | undefined;
  readonly internalIp?: string | undefined;
  /** Where flannel tells other nodes to send the packets for this node's pods. */
  readonly flannelIp?: string | undefined;
}

interface PodSeen {
  readonly namespace: string;
  readonly name: string;
  readonly app?: string | undefined;
  readonly node?: string | undefined;
  readonly hostNetwork: boolean;
  /** What it waits for; absent where it is running, and where it was made just now and is starting. */
  readonly waitsFor?: string | undefined;
}

/**
 * Asks the cluster's API, with the kubeconfig that `lab:up` wrote. Resolves with the reason where it does not answer;
 * rejects where the caller may not ask.
 */
export async function readClusterSeen(kubeconfig: string, signal: AbortSignal): Promise<ClusterSeen> {
  refuseOthersKubeconfig(kubeconfig);
  const [{ silence, nodes, pods }, client] = await Promise.all([
    lookAtCluster(kubeconfig, signal),
    certificateIn(kubeconfig),
  ]);
  return {
    silence,
    nodes: nodes.map(nodeObject),
    pods: pods.map((pod) => podSeen(pod)),
    client: client && { file: kubeconfig, expires: Date.parse(client.ends) },
  };
}

function refuseOthersKubeconfig(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    // There is none before the server has started.
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw new Problem(
      "LAB-DOC-009",
      file,
      "asking the cluster's API needs the kubeconfig, which only its owner can read",
      { cause },
    );
  }
}

function nodeObject(node: KubeNode): NodeObject {
  return {
    name: node.metadata.name,
    obstacle: obstacleOf(node),
    internalIp: node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address,
    flannelIp: node.metadata.annotations?.["flannel.alpha.coreos.com/public-ip"],
  };
}

/** Milliseconds that a pod may take to start before it is worth a word: metrics-server takes 25 s until it is ready. */
const starting = 60_000;

/** `now` is milliseconds since 1970. */
export function podSeen(pod: Pod, now = Date.now()): PodSeen {
  const { namespace, name, labels } = pod.metadata;
  const wait = waitOf(pod);
  return {
    namespace,
    name,
    app: labels?.app,
    node: pod.spec?.nodeName,
    hostNetwork: pod.spec?.hostNetwork === true,
    waitsFor: wait === undefined || isStarting(pod, wait, now) ? undefined : describeWait(wait),
  };
}

function isStarting({ metadata: { creationTimestamp, deletionTimestamp } }: Pod, wait: PodWait, now: number): boolean {
  if (wait.outlook !== "passing" || creationTimestamp === undefined || deletionTimestamp !== undefined) return false;
  return now - Date.parse(creationTimestamp) < starting;
}
