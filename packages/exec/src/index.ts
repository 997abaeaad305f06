export { followOwner } from "./follow-owner.js";
export { interruption } from "./interruption.js";
export { openToAll } from "./open-to-all.js";
export { isRunning, processStat } from "./process-stat.js";
export { redact } from "./redact.js";
export { CommandFailed, passThrough, run, type RunOptions, type RunResult } from "./run.js";
export { shellWord } from "./shell-word.js";
export { endAll } from "./tree.js";
export { secretsInUrls, withoutPassword } from "./url-secrets.js";
