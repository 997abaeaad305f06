import { CommandFailed, passThrough, run, type RunOptions, type RunResult } from "@k3s-lab/exec";

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** The machine could not be entered: the program in it has not run. */
export class NotEntered extends CommandFailed {}

/** Why a machine could not be entered, by what has ended; undefined where a program has run in it. */
export type RefusalIn = (exit: number | undefined, stderr: string) => string | undefined;

/** Runs what enters a machine; `what` names the program in errors, which speak of the machine. */
export async function attempt(
  name: string,
  what: string,
  [program, ...args]: Command,
  options: RunOptions,
  refusalIn: RefusalIn,
): Promise<RunResult | NotEntered> {
  try {
    const result = await run(program, args, options);
    const refusal = refusalIn(result.exitCode, result.stderr);
    return refusal === undefined ? result : new NotEntered(name, refusal, result.stderr, result.exitCode);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const refusal = refusalIn(error.exit, error.stderr);
    if (refusal !== undefined) return new NotEntered(name, refusal, error.stderr, error.exit, error);
    throw new CommandFailed(name, `${what} ${error.what}`, error.stderr, error.exit, error);
  }
}

/** Gives a program in a machine the caller's terminal; Ctrl-C is the program's, and what it makes of it its exit code. */
export async function attemptOnTerminal([program, ...args]: Command): Promise<number> {
  process.on("SIGINT", stay);
  try {
    return await passThrough(program, args);
  } finally {
    process.off("SIGINT", stay);
  }
}

function stay(): void {}
