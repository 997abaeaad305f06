export { makeReport } from "./make-report.js";
export { renderIndex } from "./render-index.js";
