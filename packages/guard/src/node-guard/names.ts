import type { Cidr } from "@k3s-lab/ip";
import type { TableName } from "../ruleset.js";

/** What a cluster maps: what a VIF maps, too. */
export interface NodeGuardOptions {
  readonly serviceCidr: Cidr;
  readonly podCidr: Cidr;
}

export const nodeGuardTable: TableName = { family: "inet", table: "k3s_lab_node_guard" };

/** k3s-killall.sh takes away each rule that names KUBE-, CNI- or flannel: none of ours does. */
export const chains = { entry: "LAB-GUARD", services: "LAB-GUARD-SERVICES", pods: "LAB-GUARD-PODS" } as const;

/** k3s-killall.sh stops every service whose name begins with k3s: a guard outlives that. */
export const serviceName = "lab-node-guard";

const etc = "/etc/k3s-lab";

export const nodeGuardPaths = {
  script: `${etc}/node-guard`,
  nftables: `${etc}/node-guard.nft`,
  filter: `${etc}/node-guard.filter`,
  security: `${etc}/node-guard.security`,
  /** What stood after the last load. */
  loaded: "/run/k3s-lab/node-guard",
  pid: "/run/k3s-lab/node-guard.pid",
} as const;

/** The largest there is: every other route to the same addresses goes before. */
export const lastMetric = 4_294_967_295;
