import { CommandFailed, passThrough as passThroughHere, run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import type { FileOptions } from "../../driver.js";
import { NotRunning } from "../../not-running.js";
import { attachCommand, type Command, fromFile, writeArgv } from "./commands.js";
import { machineState } from "./state.js";

/** A file of 100 MB takes a fraction of a second; a slow disk under load takes longer. */
const copyTimeout = 5 * 60_000;

export async function exec(
  labId: string,
  name: string,
  argv: readonly string[],
  { cwd, env = {}, ...options }: RunOptions = {},
): Promise<RunResult> {
  const keep = Object.keys(env).filter((key) => env[key] !== undefined);
  const command = attachCommand(labId, name, argv, { keep, ...(cwd === undefined ? {} : { cwd }) });
  return attach(labId, name, argv[0] ?? "", command, { ...options, env });
}

export async function write(
  labId: string,
  name: string,
  path: string,
  content: string | Uint8Array,
  { mode }: FileOptions,
): Promise<void> {
  await exec(labId, name, writeArgv(path, mode), { input: content });
}

export async function copyIn(
  labId: string,
  name: string,
  hostPath: string,
  path: string,
  { mode }: FileOptions,
): Promise<void> {
  const command = fromFile(hostPath, attachCommand(labId, name, writeArgv(path, mode)));
  await attach(labId, name, `copy of ${hostPath}`, command, { timeout: copyTimeout });
}

export async function passThrough(labId: string, name: string, argv: readonly string[]): Promise<number> {
  const state = await machineState(labId, name);
  if (state !== "running") throw new NotRunning(name, state);
  const keep = process.env.TERM === undefined ? [] : ["TERM"];
  const [program, ...args] = attachCommand(labId, name, argv.length === 0 ? ["bash", "--login"] : argv, { keep });
  // Ctrl-C is for the program in the machine; what it makes of it is its exit code.
  const stay = () => {};
  process.on("SIGINT", stay);
  try {
    return await passThroughHere(program, args);
  } finally {
    process.off("SIGINT", stay);
  }
}

/** Runs an lxc-attach; `what` names the program in errors, which speak of the machine. */
async function attach(
  labId: string,
  name: string,
  what: string,
  [program, ...args]: Command,
  options: RunOptions,
): Promise<RunResult> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await run(program, args, options).catch((error: unknown) => error);
    const { stderr } = outcome as { stderr?: string };
    if (!(outcome instanceof Error) && !refused(name, stderr)) return outcome as RunResult;
    if (!(outcome instanceof CommandFailed) && outcome instanceof Error) throw outcome;
    if (refused(name, stderr) && options.signal?.aborted !== true) {
      const state = await machineState(labId, name);
      if (state !== "running") throw new NotRunning(name, state);
      // It was rebooting; the program has not run.
      if (attempt === 1) continue;
    }
    if (outcome instanceof CommandFailed) {
      throw new CommandFailed(name, `${what} ${outcome.what}`, outcome.stderr, outcome.exit, outcome);
    }
    throw new CommandFailed(name, `could not be entered: ${stderr}`, stderr ?? "");
  }
}

/** lxc-attach's own words, by which its exit code 1 is told from the program's. */
function refused(name: string, stderr = ""): boolean {
  return stderr.split("\n").some((line) => line.startsWith(`lxc-attach: ${name}: `));
}
