/** An object of the Kubernetes API, as far as we look into it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What an object is found by. */
export type ObjectName = Pick<KubeObject, "apiVersion" | "kind" | "metadata">;

/** "Deployment kube-system/kube-registry" */
export function nameOf({ kind, metadata }: ObjectName): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** Where the API has an object. Every kind that we use adds an s to be many. */
export function pathOf({ apiVersion, kind, metadata }: ObjectName): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}/namespaces/${metadata.namespace}/${kind.toLowerCase()}s/${metadata.name}`;
}

/**
 * Whether all that is wanted stands in what is seen; the API server's own additions (defaults, status) do not count.
 * Lists must be as long as wanted: an element too many is a difference.
 */
export function covers(seen: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(seen) && seen.length === wanted.length && wanted.every((value, index) => covers(seen[index], value))
    );
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof seen !== "object" || seen === null) return false;
    const fields = seen as Readonly<Record<string, unknown>>;
    return Object.entries(wanted).every(([key, value]) => covers(fields[key], value));
  }
  return seen === wanted;
}
