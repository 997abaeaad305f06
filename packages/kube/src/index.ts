export { Api, ApiRefused, type Applying, type Change, fieldManager, type Writing } from "./api.js";
export { formatKubeconfig, type Kubeconfig, openApi, openApiOf, parseKubeconfig } from "./kubeconfig.js";
export { type ClusterLook, lookAtCluster } from "./look-at-cluster.js";
export { type KubeNode, nodePath, nodesPath, obstacleOf } from "./node.js";
export {
  creationFailure,
  creationRemedy,
  creationRetrier,
  type Deployment,
  isReplaced,
  isRolledOut,
  type KubeObject,
  nameOf,
  type ObjectName,
  pathOf,
} from "./object.js";
export {
  allPodsPath,
  areContainersRunning,
  describeWait,
  dnsDeployment,
  dnsPodsPath,
  isMarkedUnready,
  isPodReady,
  isYetToBeProbed,
  type Pod,
  podPath,
  podsOn,
  podsPath,
  type PodWait,
  waitOf,
} from "./pod.js";
export { ApiSilent, type Connection } from "./transport.js";
export { type Listed, type Watching, watchUntil } from "./watch-until.js";
