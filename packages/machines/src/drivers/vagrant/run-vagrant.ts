import { CommandFailed, run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { vagrantEnvironment } from "./commands.js";
import type { VagrantFolder } from "./folder.js";
import type { Command } from "../enter.js";

/** Vagrant itself takes two seconds to begin, on a busy host several times that. */
const timeout = 2 * 60_000;

/** Runs a command of Vagrant in the lab's folder; its errors speak of `what`. */
export async function runVagrant(
  { dir, provider }: Pick<VagrantFolder, "dir" | "provider">,
  [program, ...args]: Command,
  what: string,
  options: RunOptions = {},
): Promise<RunResult> {
  try {
    return await run(program, args, { timeout, ...options, cwd: dir, env: vagrantEnvironment(provider) });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new CommandFailed(what, `vagrant ${args[0]} ${reasonIn(error)}`, error.stderr, error.exit, error);
  }
}

const shownLines = 8;

/** A plugin's failure comes with a trace through Ruby's files, behind the message. */
export function reasonIn({ what, stderr }: Pick<CommandFailed, "what" | "stderr">): string {
  const lines = stderr.split("\n");
  const trace = lines.findIndex((line) => /\.rb:\d+:in /.test(line));
  if (trace === -1) return what;
  const message = lines.slice(0, trace).filter((line) => line.trim() !== "");
  return [what.split("\n")[0], ...message.slice(-shownLines)].join("\n");
}

/** What of Vagrant's output tells how far it has come: "multi: Waiting for machine to boot." */
export function progressOf(line: string): string | undefined {
  const step = /^==> (\S+: .+?)\.*$/.exec(line)?.[1];
  return step === undefined || /^\S+: +-- /.test(step) ? undefined : step;
}
