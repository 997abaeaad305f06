export { type CanaryReport, proveNoLoop } from "./canary/index.js";
export { type Diagnosed, type Diagnosis, examine, type Unchecked, withCanary } from "./examine.js";
export type { Finding, Mend, Rule, Severity } from "./rule.js";
export { rules } from "./rules/index.js";
export type { Survey } from "./survey/survey.js";
export { surveyLab, type SurveyOptions } from "./survey/survey-lab.js";
export { type Mending, mendings } from "./mend.js";
export { renderReport } from "./render.js";
export { type Report, reportOf } from "./report.js";
