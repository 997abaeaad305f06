export { carryOut, type CarryOutOptions, foresee } from "./carry-out.js";
export type { Event, Report } from "./report.js";
export { type Action, type ActionContext, type Step, step } from "./step.js";
