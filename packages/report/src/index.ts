export { makeReport } from "./make-report.js";
export { renderIndex, sizeOf } from "./render-index.js";
