export { ClusterApi } from "./cluster-api.js";
export { architecturesOf, decideGuard, type DesiredGuard } from "./decide.js";
export { buildImage } from "./image.js";
export { openKubeconfig, type Target } from "./open-kubeconfig.js";
export { removalSteps } from "./remove.js";
export { checkRights, type Purpose } from "./rights.js";
export { parseServiceCidrs } from "./service-cidrs.js";
export { describeGuard, type GuardStatus, type NodeStatus } from "./status.js";
