import { CommandFailed, run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { vagrantEnvironment } from "./commands.js";
import type { VagrantFolder } from "./folder.js";
import type { Command } from "../enter.js";

/** Milliseconds. Vagrant takes two seconds to start, and several times that on a busy host. */
const timeout = 2 * 60_000;

/** Runs a Vagrant command in the lab's folder. `what` is the subject of its errors. Throws CommandFailed. */
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

/** Returns why a command failed, without the Ruby stack trace that follows the message of a failed plugin. */
export function reasonIn({ what, stderr }: Pick<CommandFailed, "what" | "stderr">): string {
  const lines = stderr.split("\n");
  const trace = lines.findIndex((line) => /\.rb:\d+:in /.test(line));
  if (trace === -1) return what;
  const before = lines.slice(0, trace);
  // Where nothing has caught it, its words follow the place, before the way to there.
  const [, uncaught] = /\.rb:\d+:in [`'][^']*': (.*)/.exec(lines[trace] ?? "") ?? [];
  const end = lines.findIndex((line, index) => index > trace && /^\s+from /.test(line));
  const after = uncaught === undefined ? [] : [uncaught, ...lines.slice(trace + 1, end === -1 ? undefined : end)];
  const message = [...before, ...after].filter((line) => line.trim() !== "");
  return [what.split("\n")[0], ...message.slice(-shownLines)].join("\n");
}

/** Returns the progress that a line of Vagrant's output reports: "multi: Waiting for machine to boot". */
export function progressOf(line: string): string | undefined {
  const step = /^==> (\S+: .+?)\.*$/.exec(line)?.[1];
  return step === undefined || /^\S+: +-- /.test(step) ? undefined : step;
}
