import type { Listed } from "./watch-until.js";

/** A Pod object, as far as it is read. */
export interface Pod extends Listed {
  readonly metadata: Listed["metadata"] & { readonly namespace: string; readonly deletionTimestamp?: string };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly ready?: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
  };
}

export const allPodsPath = "/api/v1/pods";
export const podsOn = (node: string): string => `${allPodsPath}?fieldSelector=spec.nodeName%3D${node}`;
export const dnsPodsPath = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns";

export function podPath({ metadata: { namespace, name } }: Pod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

export function isPodReady({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
}

/** What a pod waits for: "ImagePullBackOff: ...", "0/3 nodes are available"; undefined for one that works or is done. */
export function waitOf(pod: Pod): string | undefined {
  const { phase, conditions = [], initContainerStatuses = [], containerStatuses = [], ...status } = pod.status ?? {};
  if (phase === "Succeeded" || isPodReady(pod)) return undefined;
  if (pod.metadata.deletionTimestamp !== undefined) return "is being deleted";
  for (const { state, ready } of [...initContainerStatuses, ...containerStatuses]) {
    const { waiting, terminated } = state ?? {};
    if (waiting) return joined(waiting.reason ?? "waiting", waiting.message);
    if (terminated && !ready && terminated.exitCode !== 0) {
      return `${terminated.reason ?? "ended"}, exit code ${terminated.exitCode ?? "unknown"}`;
    }
  }
  const unscheduled = conditions.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  if (unscheduled) return joined("no node", unscheduled.message);
  return joined(status.reason ?? (phase === "Running" ? "not ready" : (phase ?? "Pending")), status.message);
}

const joined = (reason: string, message: string | undefined): string =>
  message === undefined ? reason : `${reason}: ${message}`;
