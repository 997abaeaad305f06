import type { Api } from "./api.js";

/** An object of the API, as far as all kinds are alike. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What an object is found by. */
export type ObjectName = Pick<KubeObject, "apiVersion" | "kind" | "metadata">;

/** Returns an object's name for a person: "Deployment kube-system/kube-registry". */
export function nameOf({ kind, metadata }: ObjectName): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** Returns an object's path in the API. Every kind that k3s-lab uses forms its plural with an s. */
export function pathOf({ apiVersion, kind, metadata }: ObjectName): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}/namespaces/${metadata.namespace}/${kind.toLowerCase()}s/${metadata.name}`;
}

/** The part of a Deployment that tells how far it has come. */
export interface Deployment {
  readonly metadata: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** Tells whether the pods that serve are all of what was applied last, and none is about to be replaced. */
export function isRolledOut(deployment: Deployment): boolean {
  return isReplaced(deployment) && deployment.status?.availableReplicas === replicasOf(deployment);
}

/** Tells whether the pods that there are, serving or not, are all of what was applied last. */
export function isReplaced(deployment: Deployment): boolean {
  const { metadata, status = {} } = deployment;
  const counts = [status.replicas, status.updatedReplicas];
  const wanted = replicasOf(deployment);
  return status.observedGeneration === metadata.generation && counts.every((count) => count === wanted);
}

function replicasOf({ spec }: Deployment): number {
  return spec?.replicas ?? 1;
}

/**
 * Returns why a Deployment's pod is not even created: a quota, or another product's webhook that refuses it or does not
 * answer; undefined where nothing prevents it. It is the API's own sentence, which names the webhook.
 */
export function creationFailure({ status: { conditions = [] } = {} }: Deployment): string | undefined {
  const failure = conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  return failure && (failure.message ?? "its pods are refused");
}

/** Milliseconds between two tries of a creation that is refused. */
const creationPause = 3_000;

/**
 * Returns what has a Deployment's refused pod created again, every few seconds at most. Its controller by itself tries again
 * after twice as long each time, up to 17 minutes: a webhook that was repaired meanwhile would seem to be down still.
 */
export function creationRetrier(
  api: Pick<Api, "patch">,
  deployment: ObjectName,
): (signal: AbortSignal) => Promise<void> {
  let last = -Infinity;
  return async (signal) => {
    if (performance.now() - last < creationPause) return;
    last = performance.now();
    // An annotation goes on to the ReplicaSet, whose controller tries at once where that has changed.
    const annotations = { "k3s-lab.local/creation-retried": new Date().toISOString() };
    // Who refuses the pod may refuse this, too.
    await api.patch(pathOf(deployment), { metadata: { annotations } }, { signal }).catch(() => signal.throwIfAborted());
  };
}

/** What a person does about a creationFailure. */
export const creationRemedy =
  "Repair or remove what refuses it: `npm run kubectl -- get mutatingwebhookconfigurations,validatingwebhookconfigurations` lists every webhook.";
