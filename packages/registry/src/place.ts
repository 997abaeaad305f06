import type { Registry } from "./registry.js";

/** Where a registry runs: its only node, or each of several. */
export type Placed = Pick<Registry, "node"> & Partial<Pick<Registry, "servers">>;

/** Returns where its pods may run: on any other node they would have no images. */
export function placeOf({ node, servers }: Placed) {
  if (servers === undefined) return { nodeSelector: { "kubernetes.io/hostname": node } };
  const named = [{ key: "kubernetes.io/hostname", operator: "In", values: servers }];
  const required = { nodeSelectorTerms: [{ matchExpressions: named }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

/** A pod stays with a server that does not answer: nowhere else is one missing, since each has its own. */
const staying = ["not-ready", "unreachable"].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: "Exists",
  effect: "NoExecute",
}));

/** Returns what its pods bear. */
export function tolerationsOf({ servers }: Placed) {
  return [
    { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
    { key: "CriticalAddonsOnly", operator: "Exists" },
    ...(servers === undefined ? [] : staying),
  ];
}
