import type { Command } from "./commands.js";

/** A program in a machine, started by ssh: `input` goes before what the program itself is to read. */
export interface RemoteCommand {
  readonly command: Command;
  readonly input: string;
}

export interface RemoteOptions {
  /** May be secret: it reaches the machine by standard input, never by an argument, which every user of a host sees. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A directory of the machine. */
  readonly cwd?: string;
}

/** Reads lines of shell until an empty one, byte by byte, as `read` does, and leaves the rest to the program. */
const readEnvironment = 'while IFS= read -r line && [ -n "$line" ]; do eval "$line"; done';

/**
 * Runs a program as root in a machine. `configFile` holds what `vagrant ssh-config` printed. ssh makes one line of all
 * arguments and gives it to a shell: each is quoted for that.
 */
export function execCommand(
  configFile: string,
  name: string,
  argv: readonly string[],
  { env = {}, cwd = "/root" }: RemoteOptions = {},
): RemoteCommand {
  const script = `${readEnvironment}; cd "$1" && shift && exec "$@"`;
  const remote = ["sudo", "-n", "-H", "sh", "-c", script, "sh", cwd, ...argv].map(shellWord).join(" ");
  return { command: [...ssh(configFile, "-T"), "--", name, remote], input: environmentLines(env) };
}

/** Runs a program, or a shell, as root on the caller's terminal. */
export function terminalCommand(configFile: string, name: string, argv: readonly string[]): Command {
  const program = argv.length === 0 ? ["su", "-l"] : argv;
  return [...ssh(configFile, "-t"), "--", name, ["sudo", "-n", "-H", ...program].map(shellWord).join(" ")];
}

/** One connection for many commands: a new one costs a guest's slow processor a handshake. Windows' ssh cannot. */
export function sharedConnectionOptions(platform: NodeJS.Platform, socketDir: string): readonly string[] {
  if (platform === "win32") return [];
  return ["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", `ControlPath=${socketDir}/%C`];
}

function ssh(configFile: string, terminal: "-t" | "-T"): Command {
  return ["ssh", "-F", configFile, "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", terminal];
}

function environmentLines(env: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [exportLine(key, value)]));
  return [...lines, "", ""].join("\n");
}

/** On one line, whatever the value holds. The x keeps line breaks at its end. */
function exportLine(key: string, value: string): string {
  if (!value.includes("\n")) return `export ${key}=${quoted(value)}`;
  const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", String.raw`\n`);
  return `${key}=$(printf '%bx' ${quoted(escaped)}); export ${key}="\${${key}%x}"`;
}

export function shellWord(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : quoted(word);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
