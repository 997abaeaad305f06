import { shellWord } from "@k3s-lab/exec";
import type { Command } from "../enter.js";

/** A program in a machine, started by ssh: `input` precedes the program's own standard input. */
export interface RemoteCommand {
  readonly command: Command;
  readonly input: string;
}

export interface RemoteOptions {
  /** May be secret: it goes in through standard input, never as an argument, which every user of the host sees. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** A directory of the machine. */
  readonly cwd?: string | undefined;
}

/** Finds K3s even without a login shell. */
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Evaluates lines of shell up to an empty one; `read` reads byte by byte, and so leaves the rest to the program. */
const readEnvironment = 'while IFS= read -r line && [ -n "$line" ]; do eval "$line"; done';

/** Returns what runs a program as root in a machine, with variables and a directory. */
export function execCommand(
  reach: Reach,
  name: string,
  argv: readonly string[],
  { env = {}, cwd = "/root" }: RemoteOptions = {},
): RemoteCommand {
  const script = `${readEnvironment}; PATH=${path}; export PATH; cd "$1" && shift && exec "$@"`;
  return {
    command: asRoot(reach, "-T", name, ["sh", "-c", script, "sh", cwd, ...argv]),
    input: Object.entries(env)
      .flatMap(([key, value]) => (value === undefined ? [] : [`${exportLine(key, value)}\n`]))
      .concat("\n")
      .join(""),
  };
}

/** Returns the command that runs a program as root in a machine, with all of standard input. */
export function inputCommand(reach: Reach, name: string, argv: readonly string[]): Command {
  return asRoot(reach, "-T", name, argv);
}

/** Returns the command that runs a program, or a shell, as root on the caller's terminal, or on plain streams. */
export function terminalCommand(
  reach: Reach,
  name: string,
  argv: readonly string[],
  { isTerminal }: { readonly isTerminal: boolean },
): Command {
  const program = argv.length === 0 ? ["su", "-l"] : ["env", `PATH=${path}`, ...argv];
  return asRoot(reach, isTerminal ? "-t" : "-T", name, program);
}

/** Returns the command that closes the shared connection, if any: a machine that was made again is a different one. */
export function closeCommand(reach: Reach, name: string): Command {
  return [...ssh(reach, "-T"), "-O", "exit", "--", name];
}

/** What ssh needs to reach the machines of a lab. */
export interface Reach {
  /** A file with what `vagrant ssh-config` printed. */
  readonly configFile: string;
  /** A folder of the caller's alone; absent: each command has a connection of its own, as with Windows' ssh. */
  readonly sockets?: string | undefined;
}

/** Runs a program as root. ssh joins all arguments into one line for a shell, so each of them is quoted. */
function asRoot(reach: Reach, terminal: "-t" | "-T", name: string, argv: readonly string[]): Command {
  return [...ssh(reach, terminal), "--", name, ["sudo", "-n", "-H", ...argv].map(shellWord).join(" ")];
}

function ssh({ configFile, sockets }: Reach, terminal: "-t" | "-T"): Command {
  return ["ssh", "-F", configFile, ...timeouts, ...(sockets === undefined ? [] : shared(sockets)), terminal];
}

/** An emulated machine needs time for a handshake; one that went down without closing the connection is given up. */
const timeouts = [
  "-o",
  "BatchMode=yes",
  "-o",
  "LogLevel=ERROR",
  "-o",
  "ConnectTimeout=30",
  "-o",
  "ServerAliveInterval=15",
  "-o",
  "ServerAliveCountMax=4",
] as const;

/** Many commands share one connection: each new one costs a slow guest a handshake. */
function shared(sockets: string): readonly string[] {
  return ["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", `ControlPath=${sockets}/%C`];
}

/** Renders one line, whatever the value holds. The x protects line breaks at the end of the value. */
function exportLine(key: string, value: string): string {
  if (!value.includes("\n")) return `export ${key}=${shellWord(value)}`;
  const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", String.raw`\n`);
  return `${key}=$(printf '%bx' ${shellWord(escaped)}); export ${key}="\${${key}%x}"`;
}
