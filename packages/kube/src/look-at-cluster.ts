import { readFile } from "node:fs/promises";
import { openApiOf } from "./kubeconfig.js";
import { type KubeNode, nodesPath } from "./node.js";
import { allPodsPath, type Pod } from "./pod.js";
import { Problem } from "@k3s-lab/problem";

/** What a cluster's API tells of its nodes and pods. */
export interface ClusterLook {
  readonly nodes: readonly KubeNode[];
  readonly pods: readonly Pod[];
  /** Why the API told nothing; absent where it answered. */
  readonly silence?: string;
}

/** Asks the API that a kubeconfig leads to for all nodes and pods. Rejects only when interrupted. */
export async function lookAtCluster(kubeconfig: string, signal: AbortSignal): Promise<ClusterLook> {
  try {
    const api = openApiOf(await readFile(kubeconfig, "utf8"), kubeconfig);
    const [nodes, pods] = await Promise.all([
      api.list<KubeNode>(nodesPath, signal),
      api.list<Pod>(allPodsPath, signal),
    ]);
    return { nodes, pods };
  } catch (error) {
    signal.throwIfAborted();
    return { nodes: [], pods: [], silence: reasonOf(error) };
  }
}

/** Words why the API gave nothing, without naming the API. */
function reasonOf(error: unknown): string {
  if (error instanceof Problem) return error.what;
  return error instanceof Error ? error.message : String(error);
}
