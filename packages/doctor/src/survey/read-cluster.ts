import { readFile } from "node:fs/promises";
import { allPodsPath, type Api, type KubeNode, nodesPath, obstacleOf, openApi, type Pod, waitOf } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import type { ClusterSeen, NodeObject, PodSeen } from "./cluster-seen.js";

/**
 * Asks the cluster's API, by the kubeconfig that lab:up wrote. Resolves with its silence where it does not answer; rejects
 * where the caller may not ask.
 */
export async function readClusterSeen(kubeconfig: string, signal: AbortSignal): Promise<ClusterSeen> {
  const text = await readKubeconfig(kubeconfig);
  try {
    const api = openApi(text);
    if (api === undefined) return { silence: `${kubeconfig} is no kubeconfig of K3s`, nodes: [], pods: [] };
    const [nodes, pods] = await Promise.all([
      list<KubeNode & Annotated>(api, nodesPath, signal),
      list<Pod & PodFacts>(api, allPodsPath, signal),
    ]);
    return { nodes: nodes.map(nodeObject), pods: pods.map(podSeen) };
  } catch (error) {
    signal.throwIfAborted();
    const silence = error instanceof Problem ? error.what : error instanceof Error ? error.message : String(error);
    return { silence, nodes: [], pods: [] };
  }
}

/** Its owner's alone. Before the server has started there is none. */
async function readKubeconfig(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw new Problem(
      "LAB-DOC-009",
      file,
      "asking the cluster's API needs the kubeconfig, which is its owner's alone",
      { cause },
    );
  }
}

async function list<Item>(api: Api, path: string, signal: AbortSignal): Promise<readonly Item[]> {
  return (await api.get<{ readonly items: readonly Item[] }>(path, signal)).items;
}

interface Annotated {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

interface PodFacts {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly hostNetwork?: boolean };
}

function nodeObject(node: KubeNode & Annotated): NodeObject {
  const obstacle = obstacleOf(node);
  const internalIp = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  const flannelIp = node.metadata.annotations?.["flannel.alpha.coreos.com/public-ip"];
  return {
    name: node.metadata.name,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(internalIp === undefined ? {} : { internalIp }),
    ...(flannelIp === undefined ? {} : { flannelIp }),
  };
}

function podSeen(pod: Pod & PodFacts): PodSeen {
  const { namespace, name, labels } = pod.metadata;
  const waitsFor = waitOf(pod);
  return {
    namespace,
    name,
    ...(labels?.app === undefined ? {} : { app: labels.app }),
    ...(pod.spec?.nodeName === undefined ? {} : { node: pod.spec.nodeName }),
    hostNetwork: pod.spec?.hostNetwork === true,
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}
