import { exitCode, Problem } from "@k3s-lab/problem";

export function codeOf(error: unknown): number {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Problem ? error.exitCode : exitCode.failed;
}

/** A Problem says all that a person needs; anything else is a defect of ours, and its stack is wanted. */
export function messageOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(messageOf).join("\n");
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nbecause of ${messageOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
