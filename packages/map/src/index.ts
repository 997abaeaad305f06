export { askKernel } from "./ask-kernel.js";
export { drawMap, type LabMap } from "./draw-map.js";
export type { NodeObserved, Observed, RouteAnswer } from "./observed.js";
