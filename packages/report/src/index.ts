export { makeReport, type Report } from "./make-report.js";
export { renderIndex, sizeOf } from "./render-index.js";
