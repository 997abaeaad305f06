export { type Cluster, decideCluster, type ForeseenCluster } from "./cluster.js";
export {
  absentFromModules,
  type ClusterDescription,
  describeCluster,
  type NodeDescription,
  type PodDescription,
} from "./describe-cluster.js";
export { askedBy } from "./fetch-cluster.js";
export { foreseeRelease, nameOfRelease } from "./foresee-release.js";
export type { Foreseen } from "@k3s-lab/k3s-source";
export { passKubectl } from "./kubectl.js";
export { clusterSteps, type ClusterValues, guardSteps } from "./steps/cluster-steps.js";
export { removeCluster } from "./steps/remove-cluster.js";
export { clusterRecord, readCluster } from "./record.js";
export { clusterStage } from "./stage.js";
