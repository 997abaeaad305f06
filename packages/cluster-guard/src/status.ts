import type { ClusterApi } from "./cluster-api.js";
import { optionsOf, revisionOf } from "./daemon-set.js";
import { lookAt, type NodeState } from "./node-state.js";
import { type NodeSeen, seeNode } from "./see-node.js";

export interface GuardStatus {
  readonly server: string;
  readonly context: string;
  readonly state: "absent" | "guarding" | "removing";
  readonly image?: string;
  readonly serviceCidrs?: readonly string[];
  readonly nodes: readonly NodeStatus[];
}

export interface NodeStatus extends Partial<NodeSeen> {
  readonly name: string;
  /** Whether the kernel has the rules. */
  readonly guarded: boolean;
  readonly faults: readonly string[];
}

/** Asks every node how its guard is. */
export async function describeGuard(api: ClusterApi): Promise<GuardStatus> {
  const daemonSet = await api.daemonSet();
  const options = daemonSet && optionsOf(daemonSet);
  const states = await lookAt(api, revisionOf(daemonSet?.spec?.template));
  const {
    context,
    connection: { server },
  } = api.target;
  if (options === undefined) {
    const nodes = states.map(({ name }) => ({ name, guarded: false, faults: ["has no pod of the guard"] }));
    return { server, context, state: "absent", nodes };
  }
  const { image, cidrs, removes } = options;
  const nodes = await Promise.all(states.map((state) => describeNode(api, state, removes ? undefined : cidrs)));
  return { server, context, state: removes ? "removing" : "guarding", image, serviceCidrs: cidrs, nodes };
}

async function describeNode(
  api: ClusterApi,
  { name, isReady, pod, wait }: NodeState,
  cidrs: readonly string[] | undefined,
): Promise<NodeStatus> {
  if (!isReady) return { name, guarded: false, faults: ["is not Ready, so it cannot be asked"] };
  if (cidrs === undefined) return { name, guarded: false, faults: ["the guard is being removed"] };
  const seen = pod === undefined || wait.isStuck ? undefined : await seeNode(api, pod, cidrs);
  if (seen === undefined) return { name, guarded: false, faults: [wait.what] };
  return { name, guarded: seen.faults.length === 0, ...seen };
}
