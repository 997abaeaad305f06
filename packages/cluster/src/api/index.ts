// Apart from the package's index, so that who only asks the API loads nothing else.
export { type Api, ApiRefused } from "./api.js";
export { type KubeNode, nodesPath, obstacleOf } from "./kube-node.js";
export { openApi } from "./open-api.js";
export { allPodsPath, type Pod, waitOf } from "./pod.js";
