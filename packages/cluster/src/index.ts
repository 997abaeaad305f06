export { type Cluster, decideCluster, type ForeseenCluster } from "./cluster.js";
export {
  absentFromModules,
  type ClusterDescription,
  describeCluster,
  type NodeDescription,
  type PodDescription,
} from "./describe-cluster.js";
export { queryOf } from "./fetch-cluster.js";
export { passKubectl } from "./kubectl.js";
export { clusterSteps, type ClusterValues, guardSteps } from "./steps/cluster-steps.js";
export { clusterRecord, readCluster } from "./record.js";
export { clusterStage } from "./stage.js";
