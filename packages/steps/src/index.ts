export { carryOut, type CarryOutOptions, foresee } from "./carry-out.js";
export { decodeEvent, encodeEvent } from "./events.js";
export { openReport, type ReportKind, reportKind } from "./open-report.js";
export { plainLine, plainReport, seconds } from "./plain.js";
export { prettyReport, type Terminal } from "./pretty.js";
export type { Event, Report } from "./report.js";
export { codeOf, messageOf } from "./message.js";
export { runStage, type StageContext } from "./run-stage.js";
export { type Action, type ActionContext, type Step, step } from "./step.js";
