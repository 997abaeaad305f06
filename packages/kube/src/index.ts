export { Api, ApiRefused, type Applying, type Change, fieldManager, type Writing } from "./api.js";
export { kubeconfigPlaces, placeOfNew } from "./kubeconfig-places.js";
export {
  contextNames,
  contextsOf,
  currentContext,
  freeName,
  holdsLab,
  isEmptyKubeconfig,
  type KubeconfigText,
  type Merged,
  mergeLab,
  refreshLab,
  removeLab,
  useContext,
} from "./merge-kubeconfig.js";
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
  type Restarted,
  waitOf,
} from "./pod.js";
export { containersOf, didYouMeanPod, findPods, podName, readPodLog, type TimedLine } from "./pod-log.js";
export { ApiSilent, type Connection } from "./transport.js";
export { type Listed, type Watching, watchUntil } from "./watch-until.js";
