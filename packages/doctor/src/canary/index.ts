export { type Attempt, connectBy } from "./connect.js";
export type { Cause, SourceReport, Verdict } from "./judge.js";
export { type CanaryOptions, type CanaryRun, runCanary, type Source } from "./run-canary.js";
export type { CanaryHost } from "./set-up-canary.js";
export { type CanaryReport, proveNoLoop } from "./prove-no-loop.js";
export { removeCanary } from "./remove-canary.js";
