export { askKernel, type RouteAnswer } from "./ask-kernel.js";
export { drawMap, type LabMap } from "./draw-map.js";
export type { Answers, HostObserved, K3sObserved, NodeObserved, NodeRouteSeen, Observed, ToPlaces } from "./observed.js";
