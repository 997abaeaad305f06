import { type Api, ApiRefused, type KubeNode, nodePath, type Pod, podPath, podsOn } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Look, until, type Work } from "@k3s-lab/steps";

/** Milliseconds that the pods of a node have to leave it. A pod that is told to end has 30 s, unless it asks for more. */
export const drainTimeout = 180_000;
/** Milliseconds. What a budget refuses has to be asked for again, and nothing tells when. */
const pause = 500;

/** Tells that it was k3s-lab that has cordoned a node: what a person has cordoned stays so. */
const mark = "k3s-lab.local/cordoned";

/** Whether k3s-lab has cordoned a node, and has not taken that back. */
export function isCordonedByLab({ metadata }: KubeNode): boolean {
  return metadata.annotations?.[mark] !== undefined;
}

/** Keeps further pods off a node. */
export async function cordon(api: Api, node: string, signal: AbortSignal): Promise<void> {
  const { spec } = await api.get<KubeNode>(nodePath(node), signal);
  if (spec?.unschedulable === true) return;
  const marked = { metadata: { annotations: { [mark]: "true" } }, spec: { unschedulable: true } };
  await api.patch(nodePath(node), marked, { signal });
}

/** Lets a node take pods again, if it was k3s-lab that has cordoned it. */
export async function uncordon(api: Api, node: string, signal: AbortSignal): Promise<void> {
  if (!isCordonedByLab(await api.get<KubeNode>(nodePath(node), signal))) return;
  const unmarked = { metadata: { annotations: { [mark]: null } }, spec: { unschedulable: null } };
  await api.patch(nodePath(node), unmarked, { signal });
}

export interface Draining extends Work {
  readonly api: Api;
  readonly node: string;
  /** Milliseconds. */
  readonly within: number;
}

/**
 * Cordons a node and evicts its pods, as `kubectl drain` does: PodDisruptionBudgets are kept, pods of DaemonSets and of files
 * on the node stay, what pods have in emptyDir volumes is lost. Resolves when they are gone; or with "unreachable" as soon as
 * the node does not report any more, whose pods nobody could end. Throws a Problem where they are there after `within`; the
 * node stays cordoned then, and another call goes on.
 */
export async function drain({ api, node, within, signal, progress }: Draining): Promise<"drained" | "unreachable"> {
  await cordon(api, node, signal);
  return until<"drained" | "unreachable">({
    every: pause,
    within,
    signal,
    look: async () => {
      const look = await evictAll(api, node, signal);
      if ("reason" in look) progress(`${node}: ${look.reason}`);
      return look;
    },
    late: (reason) => {
      const remedy =
        "See the budgets: npm run kubectl -- get poddisruptionbudgets --all-namespaces; then run `npm run lab:up` again.";
      return new Problem("LAB-K3S-010", node, `is not drained after ${within / 1000} s: ${reason}`, { remedy });
    },
  });
}

/** Asks once for every pod to go. */
async function evictAll(api: Api, node: string, signal: AbortSignal): Promise<Look<"drained" | "unreachable">> {
  try {
    const [object, all] = await Promise.all([
      api.find<KubeNode>(nodePath(node), signal),
      api.list<Pod>(podsOn(node), signal),
    ]);
    const pods = all.filter(mustLeave);
    if (pods.length === 0) return { value: "drained" };
    if (!isReporting(object)) return { value: "unreachable" };
    const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const refusals = await Promise.all(staying.map((pod) => evict(api, pod, signal)));
    const why = refusals.find((refusal) => refusal !== undefined);
    const there = `${pods.length} pod${pods.length === 1 ? " is" : "s are"} still there`;
    return {
      reason: `${there}: ${why ?? `${pods.map(nameOf).join(", ")} ${pods.length === 1 ? "has" : "have"} to end`}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    // A server may restart meanwhile.
    if (error instanceof Problem) return { reason: error.what };
    throw error;
  }
}

/** Asks for one pod to go; resolves with why it may not, or with nothing. */
async function evict(api: Api, pod: Pod, signal: AbortSignal): Promise<string | undefined> {
  const { name, namespace, uid } = pod.metadata;
  const eviction = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace },
    // Not another one of its name, such as a StatefulSet makes.
    ...(uid !== undefined && { deleteOptions: { preconditions: { uid } } }),
  };
  try {
    await api.create(`${podPath(pod)}/eviction`, eviction, { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ApiRefused)) throw error;
    // It is gone, or another one has its name.
    return error.status === 404 || error.status === 409 ? undefined : `${nameOf(pod)}: ${error.reason}`;
  }
}

/** Whether a pod has to leave a node that is drained. */
export function mustLeave({ metadata, status }: Pod): boolean {
  const isOver = status?.phase === "Succeeded" || status?.phase === "Failed";
  const isOfFile = metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  return !isOver && !isOfFile && controllerOf(metadata) !== "DaemonSet";
}

/** Whether nothing makes a pod again elsewhere: it was made by hand. */
export function isUnmanaged({ metadata }: Pod): boolean {
  return controllerOf(metadata) === undefined;
}

function controllerOf({ ownerReferences = [] }: Pod["metadata"]): string | undefined {
  return ownerReferences.find(({ controller }) => controller === true)?.kind;
}

/** Whether a node's kubelet still reports: without one, no pod ends. */
export function isReporting(node: KubeNode | undefined): boolean {
  const ready = node?.status?.conditions?.find(({ type }) => type === "Ready");
  return ready !== undefined && ready.status !== "Unknown";
}

export function nameOf({ metadata: { namespace, name } }: Pod): string {
  return `${namespace}/${name}`;
}
