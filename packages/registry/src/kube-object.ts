/** An object of the Kubernetes API, as far as we look into it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** "Deployment kube-system/kube-registry" */
export function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** The objects in what `kubectl -o json` prints: a List, one object, or nothing. */
export function parseObjects(json: string): readonly KubeObject[] {
  if (json.trim() === "") return [];
  const value = JSON.parse(json) as { kind: string; items?: readonly KubeObject[] };
  return value.kind === "List" ? (value.items ?? []) : [value as KubeObject];
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
