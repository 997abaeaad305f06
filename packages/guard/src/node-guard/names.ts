import type { Cidr } from "@k3s-lab/ip";
import type { TableName } from "../ruleset.js";

/** The networks of a cluster, which a VIF maps, too. */
export interface NodeGuardOptions {
  readonly serviceCidr: Cidr;
  readonly podCidr: Cidr;
}

export const nodeGuardTable: TableName = { family: "inet", table: "k3s_lab_node_guard" };

/** k3s-killall.sh takes away each rule that names KUBE-, CNI- or flannel: those of the guard do not. */
export const chains = { entry: "LAB-GUARD", services: "LAB-GUARD-SERVICES", pods: "LAB-GUARD-PODS" } as const;

/** k3s-killall.sh stops every service whose name begins with k3s: a guard outlives that. */
export const serviceName = "lab-node-guard";

const etc = "/etc/k3s-lab";

export const nodeGuardPaths = {
  program: `${etc}/node-guard`,
  /** What the program sources. */
  names: `${etc}/node-guard.conf`,
  nftables: `${etc}/node-guard.nft`,
  filter: `${etc}/node-guard.filter`,
  security: `${etc}/node-guard.security`,
  /** What the last load left. */
  loaded: "/run/k3s-lab/node-guard",
  pid: "/run/k3s-lab/node-guard.pid",
} as const;

/** The largest metric: every other route to the same addresses wins. */
export const lastMetric = 4_294_967_295;
