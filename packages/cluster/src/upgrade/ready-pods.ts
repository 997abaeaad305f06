import { allPodsPath, type Api, isPodReady, isYetToBeProbed, type Pod, type Restarted } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Look, until } from "@k3s-lab/steps";

/** Milliseconds. */
const timeout = 120_000;
const pause = 300;

/** What keeps a number of pods: a ReplicaSet or a StatefulSet. Others have as many as there are nodes, or end by themselves. */
export interface Workload {
  /** "shop/web-7d4b9" */
  readonly name: string;
  /** In the API. */
  readonly path: string;
  readonly uid: string;
  /** How many of its pods were ready. */
  readonly ready: number;
}

const plurals: Readonly<Record<string, string>> = { ReplicaSet: "replicasets", StatefulSet: "statefulsets" };

/** Returns the workloads that have a ready pod on a node, and how many each of them has in the cluster. */
export async function workloadsOn(
  api: Pick<Api, "list">,
  node: string,
  signal: AbortSignal,
): Promise<readonly Workload[]> {
  const pods = (await api.list<Pod>(allPodsPath, signal)).filter(isPodReady);
  const found = pods
    .filter(({ spec }) => spec?.nodeName === node)
    .flatMap((pod): readonly Workload[] => {
      const owner = ownerOf(pod);
      const plural = plurals[owner?.kind ?? ""];
      if (owner === undefined || plural === undefined) return [];
      const { namespace } = pod.metadata;
      const path = `/apis/apps/v1/namespaces/${namespace}/${plural}/${owner.name}`;
      return [{ name: `${namespace}/${owner.name}`, path, uid: owner.uid, ready: countOf(pods, owner.uid) }];
    });
  return [...new Map(found.map((workload) => [workload.uid, workload])).values()];
}

export interface Return extends Restarted {
  readonly api: Pick<Api, "list" | "find">;
  readonly node: string;
  /** Returns a timeout for machines that may be slow. */
  readonly within: (usual: number) => number;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

/**
 * Waits until workloads have as many ready pods as they had before a node was upgraded, or as many as they are to have by now. Else
 * the next node might take the last one from them.
 */
export async function untilBack(
  workloads: readonly Workload[],
  { api, node, startedAt, kubeletVersion, within, signal, progress }: Return,
): Promise<void> {
  const limit = within(timeout);
  await until<true>({
    every: pause,
    within: limit,
    signal,
    look: async () => {
      const look = await lookFor(workloads, { api, node, startedAt, kubeletVersion, signal });
      if ("reason" in look) progress(`${node}: ${look.reason}`);
      return look;
    },
    late: (reason) =>
      new Problem("LAB-K3S-017", node, `was upgraded, and after ${limit / 1000} s ${reason}`, {
        remedy: "See why: npm run kubectl -- get pods --all-namespaces; then `npm run lab:up` goes on.",
      }),
  });
}

async function lookFor(
  workloads: readonly Workload[],
  { api, node, signal, ...restarted }: Pick<Return, "api" | "node" | "signal" | keyof Restarted>,
): Promise<Look<true>> {
  try {
    const pods = await api.list<Pod>(allPodsPath, signal);
    const stale = pods.find((pod) => pod.spec?.nodeName === node && isYetToBeProbed(pod, restarted));
    if (stale !== undefined) return { reason: `${stale.metadata.name} was not probed again` };
    for (const { name, path, uid, ready } of workloads) {
      const missing = ready - countOf(pods.filter(isPodReady), uid);
      if (missing <= 0) continue;
      const object = await api.find<{ readonly spec?: { readonly replicas?: number } }>(path, signal);
      // It may have been scaled down, or another one have taken its place.
      if ((object?.spec?.replicas ?? 0) <= ready - missing) continue;
      return { reason: `${missing} ${missing === 1 ? "pod" : "pods"} of ${name} not ready again` };
    }
    return { value: true };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Problem) return { reason: error.what };
    throw error;
  }
}

function countOf(pods: readonly Pod[], uid: string): number {
  return pods.filter((pod) => ownerOf(pod)?.uid === uid).length;
}

function ownerOf({ metadata: { ownerReferences = [] } }: Pod) {
  return ownerReferences.find(({ controller }) => controller === true);
}
