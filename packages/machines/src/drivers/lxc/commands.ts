import { machinePlaces, machinesDir } from "../../places.js";
import type { Command } from "../enter.js";

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
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
  readonly cwd?: string;
}

/** Runs a program in a machine, with an environment like that of a fresh root login. */
export function attachCommand(
  labId: string,
  name: string,
  argv: readonly string[],
  { keep = [], cwd }: AttachOptions = {},
): Command {
  const variables = { PATH: path, HOME: "/root", USER: "root", LOGNAME: "root", SHELL: "/bin/bash", LANG: "C.UTF-8" };
  return [
    "lxc-attach",
    ...which(labId, name),
    "--clear-env",
    ...Object.entries(variables).flatMap(([key, value]) => ["-v", `${key}=${value}`]),
    ...keep.flatMap((key) => ["--keep-var", key]),
    "--",
    "env",
    `--chdir=${cwd ?? "/root"}`,
    "--",
    ...argv,
  ];
}

/**
 * Feeds a file of the host to a command's standard input: it may be larger than what fits into memory well. By a pipe,
 * because lxc-attach takes its streams for terminals of the machine's user and sets their mode to 0700: the file's.
 */
export function fromFile(file: string, command: Command): Command {
  const script =
    'file=$1; shift; [ -r "$file" ] || { echo "$file: cannot be read" >&2; exit 1; }; cat -- "$file" | "$@"';
  return ["sh", "-c", script, "sh", file, ...command];
}

/**
 * lxc-attach makes a terminal in the machine as soon as one of its streams is one, and then hands on neither the end of
 * the input nor bytes as they are: behind pipes it does not. The reader of a terminal would wait for a line that the
 * caller's shell is to get: it is ended with the program; the writers end by themselves.
 */
export function withoutTerminal(command: Command): Command {
  const script = `trap : INT
copy() { trap '' INT; exec cat; }
[ ! -t 0 ] || { exec < <(exec cat); reader=$!; }
[ ! -t 1 ] || { exec > >(copy); writers=$!; }
[ ! -t 2 ] || { exec 2> >(copy >&2); writers="$writers $!"; }
"$@"
code=$?
exec >&- 2>&-
[ -z "$reader" ] || kill "$reader"
[ -z "$writers" ] || wait $writers
exit $code`;
  return ["bash", "-c", script, "bash", ...command];
}

/**
 * In the machine: resolves when its network and its message bus can be used. Asking systemd to start what it starts
 * anyway waits for just that, and not for services that take longer, such as K3s after a reboot.
 */
export function readyArgv(units: readonly string[]): readonly string[] {
  const script = 'until [ -S /run/systemd/private ]; do sleep 0.02; done; exec systemctl start "$@"';
  return ["sh", "-c", script, "sh", ...units];
}
