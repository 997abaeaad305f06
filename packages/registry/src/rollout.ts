import type { KubeObject } from "./kube-object.js";

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

/** Whether what serves is what was last applied, not a pod that is about to be replaced. */
export function isRolledOut(deployment: KubeObject | undefined): boolean {
  if (deployment === undefined) return false;
  const status = (deployment.status ?? {}) as DeploymentStatus;
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  return status.observedGeneration === deployment.metadata.generation && counts.every((count) => count === 1);
}

interface PodStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  readonly containerStatuses?: readonly {
    readonly state?: {
      readonly waiting?: { readonly reason?: string; readonly message?: string };
      readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
    };
  }[];
}

/** What a pod waits for. `stuck`: nothing suggests that it will go on by itself soon. */
export interface Waiting {
  readonly what: string;
  readonly stuck: boolean;
}

const passing = new Set(["ContainerCreating", "PodInitializing"]);

export function waitingFor(pods: readonly KubeObject[]): Waiting | undefined {
  // One that is on its way out says nothing about the one that follows it.
  for (const pod of pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
    const { conditions = [], containerStatuses = [] } = (pod.status ?? {}) as PodStatus;
    const unscheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
    if (unscheduled) return { what: `has no node: ${unscheduled.message ?? "no reason given"}`, stuck: true };
    for (const { state } of containerStatuses) {
      if (state?.waiting) {
        const { reason = "waiting", message } = state.waiting;
        return { what: message ? `${reason}: ${message}` : reason, stuck: !passing.has(reason) };
      }
      if (state?.terminated) {
        const { reason = "ended", exitCode } = state.terminated;
        return { what: `${reason}, exit code ${exitCode ?? "unknown"}`, stuck: true };
      }
    }
  }
  return undefined;
}
