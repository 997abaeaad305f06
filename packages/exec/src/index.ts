export { redact } from "./redact.js";
export { CommandFailed, passThrough, run, type RunOptions, type RunResult } from "./run.js";
export { endAll } from "./tree.js";
