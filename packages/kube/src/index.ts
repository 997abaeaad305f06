export { Api, ApiRefused } from "./api.js";
export { heartbeatOf, type KubeNode, nodesPath, obstacleOf } from "./kube-node.js";
export { type Credentials, credentialsIn, labKubeconfig, serverIn } from "./kubeconfig.js";
export { openApi } from "./open-api.js";
export { allPodsPath, dnsPodsPath, isPodReady, type Pod, podPath, podsOn, waitOf } from "./pod.js";
export { watchUntil } from "./watch-until.js";
