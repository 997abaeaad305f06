import type { ObjectName } from "./object.js";
import type { Listed } from "./watch-until.js";

/** A Pod object, as far as it is read. */
export interface Pod extends Listed {
  readonly metadata: Listed["metadata"] & {
    readonly namespace: string;
    readonly uid?: string;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly controller?: boolean;
    }[];
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly volumes?: readonly { readonly name: string; readonly emptyDir?: object }[];
    readonly readinessGates?: readonly unknown[];
    readonly containers?: readonly {
      readonly name?: string;
      readonly readinessProbe?: object;
      readonly startupProbe?: object;
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface ContainerStatus {
  readonly ready?: boolean;
  readonly imageID?: string;
  readonly state?: {
    readonly running?: { readonly startedAt?: string };
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string };
  };
}

export const allPodsPath = "/api/v1/pods";
export function podsOn(node: string): string {
  return `${allPodsPath}?fieldSelector=spec.nodeName%3D${node}`;
}

/** Returns the path of a namespace's pods with a label: "app=registry". */
export function podsPath(namespace: string, label: string): string {
  return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(label)}`;
}

export const dnsDeployment: ObjectName = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "coredns", namespace: "kube-system" },
};
export const dnsPodsPath = podsPath("kube-system", "k8s-app=kube-dns");

export function podPath({ metadata: { namespace, name } }: Pod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

export function isPodReady({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return isTrue(status, "Ready");
}

/**
 * Tells whether a pod is called unready only because its node was, for a moment: the node controller has marked it, and its
 * kubelet, by which its containers are ready, has not said so again. It does within ten seconds; until then no Service
 * leads to the pod.
 */
export function isMarkedUnready(pod: Pod): boolean {
  return !isPodReady(pod) && areContainersReady(pod) && (pod.spec?.readinessGates ?? []).length === 0;
}

/** Tells whether a pod's containers run and are ready, by its kubelet. */
function areContainersReady({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && isTrue(status, "ContainersReady");
}

/** Tells whether a pod's containers run, whether they have been probed again since K3s was restarted or not. */
export function areContainersRunning({ metadata, status }: Pod): boolean {
  const all = status?.containerStatuses ?? [];
  return metadata.deletionTimestamp === undefined && all.length > 0 && all.every(({ state }) => state?.running);
}

/** A kubelet that was started again, by the clock of its node in seconds since 1970. */
export interface Restarted {
  readonly startedAt: number;
  /** "v1.34.4+k3s1" */
  readonly kubeletVersion: string | undefined;
}

/**
 * Tells whether a pod is called ready only by what was known before K3s was started on its node. A kubelet that has started
 * calls each pod with a probe unready, within seconds, until it has probed it again. Those of Kubernetes 1.35 and later go on
 * calling it ready until a probe fails, so that there is nothing to wait for.
 */
export function isYetToBeProbed({ spec, status }: Pod, { startedAt, kubeletVersion = "" }: Restarted): boolean {
  const [, minor = "0"] = /^v1\.(\d+)\./.exec(kubeletVersion) ?? [];
  if (Number(minor) >= 35) return false;
  const before = (time: string | undefined) => time !== undefined && Date.parse(time) < startedAt * 1000;
  const hasProbe =
    spec?.containers?.some(({ readinessProbe, startupProbe }) => readinessProbe ?? startupProbe) === true;
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (!hasProbe || ready?.status !== "True" || !before(ready.lastTransitionTime)) return false;
  return (status?.containerStatuses ?? []).every(({ state }) => before(state?.running?.startedAt));
}

function isTrue(status: Pod["status"], type: "Ready" | "ContainersReady"): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === "True") === true;
}

/** What a pod that does not work waits for. */
export interface PodWait {
  readonly kind:
    | "deletion"
    /** Its creation is refused. */
    | "creation"
    /** No node takes it. */
    | "node"
    /** The image of a container cannot be had. */
    | "image"
    /** A container does not run, for another reason. */
    | "container"
    /** Nothing in particular is known: it is starting, or not ready yet. */
    | "readiness";
  /** Kubernetes' own word: "ImagePullBackOff". */
  readonly reason: string;
  /** Kubernetes' own sentence. */
  readonly message?: string | undefined;
  /** Whether it gets on by itself: `passing` within moments, `retrying` perhaps, `stuck` hardly ever. */
  readonly outlook: "passing" | "retrying" | "stuck";
}

/** What a container that waits for one of these reasons lacks; any other may pass by itself or not. */
const knownReasons: Readonly<Record<string, Pick<PodWait, "kind" | "outlook">>> = {
  ContainerCreating: { kind: "container", outlook: "passing" },
  PodInitializing: { kind: "container", outlook: "passing" },
  CrashLoopBackOff: { kind: "container", outlook: "stuck" },
  // A pull that fails for the first time: the registry may be away for a moment.
  ErrImagePull: { kind: "image", outlook: "retrying" },
  ImagePullBackOff: { kind: "image", outlook: "stuck" },
  ErrImageNeverPull: { kind: "image", outlook: "stuck" },
  InvalidImageName: { kind: "image", outlook: "stuck" },
};

/** Tells what a pod waits for; undefined for one that works, or has done its work. */
export function waitOf(pod: Pod): PodWait | undefined {
  const { phase, conditions = [], initContainerStatuses = [], containerStatuses = [], ...status } = pod.status ?? {};
  if (phase === "Succeeded" || isPodReady(pod)) return undefined;
  if (pod.metadata.deletionTimestamp !== undefined) {
    return { kind: "deletion", reason: "is being deleted", outlook: "passing" };
  }
  for (const { state, ready } of [...initContainerStatuses, ...containerStatuses]) {
    const { waiting, terminated } = state ?? {};
    if (waiting) {
      const { reason = "waiting", message } = waiting;
      return { reason, message, kind: "container", outlook: "retrying", ...knownReasons[reason] };
    }
    if (terminated && !ready && terminated.exitCode !== 0) {
      const reason = `${terminated.reason ?? "ended"}, exit code ${terminated.exitCode ?? "unknown"}`;
      return { kind: "container", reason, outlook: "retrying" };
    }
  }
  const unscheduled = conditions.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  if (unscheduled) return { kind: "node", reason: "no node", message: unscheduled.message, outlook: "retrying" };
  const reason = status.reason ?? (phase === "Running" ? "not ready" : (phase ?? "Pending"));
  return { kind: "readiness", reason, message: status.message, outlook: "passing" };
}

/** Words what a pod waits for: "ImagePullBackOff: Back-off pulling image", "no node: 0/3 nodes are available". */
export function describeWait({ reason, message }: PodWait): string {
  return message ? `${reason}: ${message}` : reason;
}
