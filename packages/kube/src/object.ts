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
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** Tells whether the one pod that serves is of what was applied last, and not one that is about to be replaced. */
export function isRolledOut({ metadata, status = {} }: Deployment): boolean {
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  return status.observedGeneration === metadata.generation && counts.every((count) => count === 1);
}
