export { type Certificate } from "./certificates.js";
export { certificateIn } from "./kubeconfig-certificate.js";
export { commandsOn } from "./config/service.js";
export { type Cluster, decideCluster, type ForeseenCluster } from "./cluster.js";
export {
  absentFromModules,
  type ClusterDescription,
  describeCluster,
  type NodeDescription,
  type NodeRoute,
  type PodDescription,
} from "./describe-cluster.js";
export { queryOf } from "./fetch-cluster.js";
export { passKubectl } from "./kubectl.js";
export { keepOneStore } from "./moved-store.js";
export { proxiesOf, proxyVariables } from "./config/proxies.js";
export { contributedFolder } from "./paths.js";
export { clusterSteps, type ClusterValues, guardSteps } from "./steps/cluster-steps.js";
export { forgetProxies, type Proxies, proxiesRecord } from "./config/proxies.js";
export { resetQuorumFlag, resetQuorumVariable } from "./quorum.js";
export { clusterRecord, readCluster } from "./record.js";
export { clusterStage } from "./stage.js";
