import type { Rejections } from "@k3s-lab/guard";
import type { ClusterApi } from "./cluster-api.js";

/** What the guard's program reports of its node. */
export interface NodeSeen {
  /** What is not as it should be; the guard is whole where there is none. */
  readonly faults: readonly string[];
  readonly rejected: Rejections;
  /** Whether the node has the guard of a lab's own node, too. */
  readonly labGuard: boolean;
}

/** Asks the guard's pod on a node; undefined where it does not answer. */
export async function seeNode(api: ClusterApi, pod: string, cidrs: readonly string[]): Promise<NodeSeen | undefined> {
  const { ok, stdout } = await api.execute(pod, ["see", ...cidrs]);
  return ok ? (JSON.parse(stdout) as NodeSeen) : undefined;
}
