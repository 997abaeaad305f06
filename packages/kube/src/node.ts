import type { Listed } from "./watch-until.js";

/** A Node object, as far as it is read. */
export interface KubeNode extends Listed {
  readonly metadata: Listed["metadata"] & {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly providerID?: string;
    /** Whether it is cordoned: no further pod is put on it. */
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: {
      readonly kubeletVersion?: string;
      /** "containerd://1.7.15-k3s1" */
      readonly containerRuntimeVersion?: string;
      readonly osImage?: string;
      readonly operatingSystem?: string;
      readonly architecture?: string;
    };
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
}

export const nodesPath = "/api/v1/nodes";

export function nodePath(name: string): string {
  return `${nodesPath}/${name}`;
}

/**
 * Tells why a node is not Ready: "is not registered", "is not Ready: cni plugin not initialized"; undefined where it is.
 * With `startedAt`, when the node's kubelet was started by the node's clock, in seconds since 1970, what an earlier kubelet
 * has reported does not count: the API keeps it for most of a minute.
 */
export function obstacleOf(node: KubeNode | undefined, startedAt = 0): string | undefined {
  if (node === undefined) return "is not registered";
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const { lastHeartbeatTime: heartbeat } = ready ?? {};
  if (heartbeat !== undefined && Date.parse(heartbeat) / 1000 < startedAt) {
    return "has not reported since K3s was started on it";
  }
  if (ready?.status === "True") return undefined;
  return `is not Ready: ${ready?.message ?? ready?.reason ?? "its kubelet has not reported yet"}`;
}
