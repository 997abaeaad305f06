import { shellWord } from "@k3s-lab/exec";
import type { Command } from "../enter.js";

/** A program in a machine, started by ssh: `input` goes before what the program itself is to read. */
export interface RemoteCommand {
  readonly command: Command;
  readonly input: string;
}

export interface RemoteOptions {
  /** May be secret: it reaches the machine by standard input, never by an argument, which every user of a host sees. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** A directory of the machine. */
  readonly cwd?: string | undefined;
}

/** Where K3s is found, also by a shell without a login. */
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Reads lines of shell until an empty one, byte by byte, as `read` does, and leaves the rest to the program. */
const readEnvironment = 'while IFS= read -r line && [ -n "$line" ]; do eval "$line"; done';

/** Runs a program as root in a machine, with variables and a directory. */
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

/** Runs a program that takes all of standard input, as root in a machine. */
export function inputCommand(reach: Reach, name: string, argv: readonly string[]): Command {
  return asRoot(reach, "-T", name, argv);
}

/** Runs a program, or a shell, as root on the caller's terminal, or with the caller's streams where there is none. */
export function terminalCommand(
  reach: Reach,
  name: string,
  argv: readonly string[],
  { isTerminal }: { readonly isTerminal: boolean },
): Command {
  const program = argv.length === 0 ? ["su", "-l"] : ["env", `PATH=${path}`, ...argv];
  return asRoot(reach, isTerminal ? "-t" : "-T", name, program);
}

/** Ends the connection that commands share, if there is one: a machine that was made again is another. */
export function closeCommand(reach: Reach, name: string): Command {
  return [...ssh(reach, "-T"), "-O", "exit", "--", name];
}

/** How ssh finds the machines of a lab. */
export interface Reach {
  /** A file with what `vagrant ssh-config` printed. */
  readonly configFile: string;
  /** A folder of the caller's alone; absent: each command has a connection of its own, as with Windows' ssh. */
  readonly sockets?: string | undefined;
}

/** ssh makes one line of all arguments and gives it to a shell: each is quoted for that. */
function asRoot(reach: Reach, terminal: "-t" | "-T", name: string, argv: readonly string[]): Command {
  return [...ssh(reach, terminal), "--", name, ["sudo", "-n", "-H", ...argv].map(shellWord).join(" ")];
}

function ssh({ configFile, sockets }: Reach, terminal: "-t" | "-T"): Command {
  return ["ssh", "-F", configFile, ...timeouts, ...(sockets === undefined ? [] : shared(sockets)), terminal];
}

/** An emulated machine takes its time for a handshake; one that went down without a word is given up. */
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

/** One connection for many commands: a new one costs a guest's slow processor a handshake. */
function shared(sockets: string): readonly string[] {
  return ["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", `ControlPath=${sockets}/%C`];
}

/** On one line, whatever the value holds. The x keeps line breaks at its end. */
function exportLine(key: string, value: string): string {
  if (!value.includes("\n")) return `export ${key}=${shellWord(value)}`;
  const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", String.raw`\n`);
  return `${key}=$(printf '%bx' ${shellWord(escaped)}); export ${key}="\${${key}%x}"`;
}
