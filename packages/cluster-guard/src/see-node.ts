import type { Rejections } from "@k3s-lab/guard";
import type { ClusterApi } from "./cluster-api.js";

/** What the guard's program tells of its node. */
export interface NodeSeen {
  /** What is not as it should be; none: the guard is whole. */
  readonly faults: readonly string[];
  readonly rejected: Rejections;
  /** Whether the node has the guard of a lab's own node, too. */
  readonly labGuard: boolean;
}

/** Undefined where its pod does not answer. */
export async function seeNode(api: ClusterApi, pod: string, cidrs: readonly string[]): Promise<NodeSeen | undefined> {
  const { ok, stdout } = await api.execute(pod, ["see", ...cidrs]);
  return ok ? (JSON.parse(stdout) as NodeSeen) : undefined;
}
