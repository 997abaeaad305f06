export { type ErrorId, type ErrorKind, errors } from "./errors.js";
export { exitCode } from "./exit-code.js";
export { type Failure, failureOf, interrupted, messageOf } from "./failure.js";
export { didYouMean, nearest } from "./nearest.js";
export { type Place, Problem, type ProblemOptions } from "./problem.js";
