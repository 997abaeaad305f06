import { CommandFailed, passThrough, run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import type { MachineState } from "../driver.js";
import { NotRunning } from "../not-running.js";

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** A command, or what runs one without a process of this host. */
export type Runner = Command | ((options: RunOptions) => Promise<RunResult>);

/** Runs a command on the host. */
export function runCommand([program, ...args]: Command, options?: RunOptions): Promise<RunResult> {
  return run(program, args, options);
}

/** How the machines of a driver are entered. */
export interface Entry {
  /** Tells why a machine could not be entered, by what has ended; undefined where a program has run in it. */
  refusalIn(name: string, exit: number | undefined, stderr: string): string | undefined;
  stateOf(name: string): Promise<MachineState>;
  /** Whether a first attempt makes sense; absent: always. */
  mayEnter?(name: string): boolean;
  /** Finds the way into a machine that runs, and could not be entered. */
  findAgain?(name: string): Promise<void>;
}

/** The machine could not be entered: the program in it has not run. */
class NotEntered extends CommandFailed {}

/**
 * Runs a command that enters a machine and runs a program there; `what` names the program in errors, which speak of the
 * machine. Throws NotRunning. A machine that runs, and could not be entered, was rebooting, or was booted by something
 * else: the program has not run yet, and is run once more.
 */
export async function enter(
  entry: Entry,
  name: string,
  what: string,
  command: Runner,
  options: RunOptions,
): Promise<RunResult> {
  if (entry.mayEnter?.(name) !== false) {
    try {
      return await attempt(entry, name, what, command, options);
    } catch (error) {
      if (!(error instanceof NotEntered)) throw error;
      options.signal?.throwIfAborted();
    }
  }
  await refuseUnlessRunning(entry, name);
  await entry.findAgain?.(name);
  return attempt(entry, name, what, command, options);
}

/** Throws NotRunning where a machine cannot be entered. */
export async function refuseUnlessRunning({ stateOf }: Pick<Entry, "stateOf">, name: string): Promise<void> {
  const state = await stateOf(name);
  if (state !== "running") throw new NotRunning(name, state);
}

async function attempt(
  { refusalIn }: Entry,
  name: string,
  what: string,
  command: Runner,
  options: RunOptions,
): Promise<RunResult> {
  try {
    const result = await (typeof command === "function" ? command(options) : runCommand(command, options));
    const refusal = refusalIn(name, result.exitCode, result.stderr);
    if (refusal === undefined) return result;
    throw new NotEntered(name, refusal, result.stderr, result.exitCode);
  } catch (error) {
    if (!(error instanceof CommandFailed) || error instanceof NotEntered) throw error;
    const refusal = refusalIn(name, error.exit, error.stderr);
    if (refusal !== undefined) throw new NotEntered(name, refusal, error.stderr, error.exit, error);
    throw new CommandFailed(name, `${what} ${error.what}`, error.stderr, error.exit, error, error.signal);
  }
}

/** Whether the caller is at a terminal: what gets it may draw on it, and ask. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
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
