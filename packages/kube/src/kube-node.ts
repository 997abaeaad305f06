import type { Listed } from "./watch-until.js";

/** A Node object, as far as it is read. */
export interface KubeNode extends Listed {
  readonly metadata: Listed["metadata"] & { readonly labels?: Readonly<Record<string, string>> };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
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

/** Why a node is not Ready: "is not registered", "is not Ready: cni plugin not initialized"; undefined where it is. */
export function obstacleOf(node: KubeNode | undefined): string | undefined {
  if (node === undefined) return "is not registered";
  const ready = readiness(node);
  if (ready?.status === "True") return undefined;
  return `is not Ready: ${ready?.message ?? ready?.reason ?? "its kubelet has said nothing yet"}`;
}

/** When its kubelet last reported: changes with its first report after a start. */
export function heartbeatOf(node: KubeNode | undefined): string | undefined {
  return node && readiness(node)?.lastHeartbeatTime;
}

const readiness = (node: KubeNode) => node.status?.conditions?.find(({ type }) => type === "Ready");
