import { type ErrorId, errors } from "./errors.js";
import { exitCode } from "./exit-code.js";
import { fileProblem } from "./file-problem.js";
import { type Place, Problem } from "./problem.js";

/** What a command reports of an error that it caught. */
export interface Failure {
  readonly message: string;
  /** Absent for an error that is no Problem: a defect of k3s-lab. */
  readonly id?: ErrorId | undefined;
  readonly exitCode: number;
  readonly places?: readonly Place[];
}

/** What a command reports in place of the error, where a person or a pipeline has interrupted it. */
export const interrupted: Failure = {
  message: "interrupted; the next run continues from here",
  exitCode: exitCode.interrupted,
};

/** Describes any error that was caught; of several, the first decides the id and the exit code. */
export function failureOf(error: unknown): Failure {
  const caught: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const first = fileProblem(caught) ?? caught;
  const message = messageOf(error);
  return isProblem(first)
    ? { message, id: first.id, exitCode: first.exitCode, ...(first.places?.length > 0 && { places: first.places }) }
    : { message, exitCode: exitCode.failed };
}

/**
 * Returns what a person needs to know of any error. A Problem has it, and so has what a file system refuses; any other error
 * is a defect of k3s-lab, whose stack is shown when K3S_LAB_DEBUG is set.
 */
export function messageOf(error: unknown, env: NodeJS.ProcessEnv = process.env): string {
  if (isProblem(error)) return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map((each) => messageOf(each, env)).join("\n");
  }
  if (env.K3S_LAB_DEBUG) return withCauses(error);
  const refused = fileProblem(error);
  if (refused) return refused.message;
  const message = (error instanceof Error && error.message) || String(error);
  return `${message} (unexpected: a defect of k3s-lab; K3S_LAB_DEBUG=1 shows where)`;
}

/** Goes by the form: the bundles of the commands have a class of their own beside that of this package. */
function isProblem(error: unknown): error is Problem {
  if (error instanceof Problem) return true;
  return error instanceof Error && "exitCode" in error && "id" in error && Object.hasOwn(errors, String(error.id));
}

function withCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nbecause of ${withCauses(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
