import { machinePlaces, machinesDir } from "../../places.js";
import { shellArgv } from "../../shell.js";
import type { Command } from "../enter.js";
import { loginVariables } from "../login.js";

/** How long a machine may take to shut down before it is ended. */
const shutdownSeconds = 15;

function which(labId: string, name: string): readonly string[] {
  return ["-n", name, "-P", machinesDir(labId)];
}

export function startCommand(labId: string, name: string): Command {
  return ["lxc-start", ...which(labId, name), "-d", "-o", machinePlaces(labId, name).log, "-l", "WARN"];
}

export function stopCommand(labId: string, name: string): Command {
  return ["lxc-stop", ...which(labId, name), "-t", String(shutdownSeconds)];
}

/** Ends it at once. */
export function killCommand(labId: string, name: string): Command {
  return ["lxc-stop", ...which(labId, name), "--kill"];
}

export function freezeCommand(labId: string, name: string): Command {
  return ["lxc-freeze", ...which(labId, name)];
}

export function thawCommand(labId: string, name: string): Command {
  return ["lxc-unfreeze", ...which(labId, name)];
}

export function stateCommand(labId: string, name: string): Command {
  return ["lxc-info", ...which(labId, name), "-s", "-H"];
}

/** Waits for the end of a transition. */
export function settleCommand(labId: string, name: string): Command {
  return ["lxc-wait", ...which(labId, name), "-s", "RUNNING|STOPPED", "-t", "15"];
}

export interface AttachOptions {
  /** Variables of lxc-attach's own environment that reach the program: their values may be secret. */
  readonly keep?: readonly string[];
  /** A directory of the machine. */
  readonly cwd?: string | undefined;
}

/** Runs a program in a machine, with an environment like that of a fresh root login. */
export function attachCommand(
  labId: string,
  name: string,
  argv: readonly string[],
  { keep = [], cwd }: AttachOptions = {},
): Command {
  return [
    "lxc-attach",
    ...which(labId, name),
    "--clear-env",
    ...Object.entries(loginVariables).flatMap(([key, value]) => ["-v", `${key}=${value}`]),
    ...keep.flatMap((key) => ["--keep-var", key]),
    "--",
    "env",
    `--chdir=${cwd ?? "/root"}`,
    "--",
    ...argv,
  ];
}

/** The descriptor by which a command of `withFile` has its file. */
export const fileDescriptor = 3;

/** Runs a command with a file of the host open: it may be larger than what fits into memory well. */
export function withFile(file: string, command: Command): Command {
  return [...shellArgv("with-file.sh"), file, ...command];
}

/** Keeps the caller's terminal from a command, which gets pipes. */
export function withoutTerminal(command: Command): Command {
  // By ssh bash would take its input for a login, and run the caller's ~/.bashrc.
  const [bash, ...args] = shellArgv("without-terminal.sh", "bash");
  return [bash, "--norc", ...args, ...command];
}
