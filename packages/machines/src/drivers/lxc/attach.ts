import type { RunOptions, RunResult } from "@k3s-lab/exec";
import type { FileOptions } from "../../driver.js";
import { NotRunning } from "../../not-running.js";
import { writeArgv } from "../../write-argv.js";
import { attempt, attemptOnTerminal, type Command, NotEntered, type RefusalIn } from "../enter.js";
import { attachCommand, fromFile, withoutTerminal } from "./commands.js";
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
  const command = attachCommand(labId, name, argv, { keep, cwd });
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
  const inside = attachCommand(labId, name, argv.length === 0 ? ["bash", "--login"] : argv, { keep });
  const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  return attemptOnTerminal(isInteractive ? inside : withoutTerminal(inside));
}

/** Runs an lxc-attach; `what` names the program in errors, which speak of the machine. */
async function attach(
  labId: string,
  name: string,
  what: string,
  command: Command,
  options: RunOptions,
): Promise<RunResult> {
  const outcome = await attempt(name, what, command, options, refusalIn(name));
  if (!(outcome instanceof NotEntered)) return outcome;
  options.signal?.throwIfAborted();
  const state = await machineState(labId, name);
  if (state !== "running") throw new NotRunning(name, state);
  // It was rebooting: the program has not run yet.
  const again = await attempt(name, what, command, options, refusalIn(name));
  if (again instanceof NotEntered) throw again;
  return again;
}

function refusalIn(name: string): RefusalIn {
  return (exitCode, stderr) => (hasNotEntered(name, { exitCode, stderr }) ? "could not be entered" : undefined);
}

/** lxc-attach's own words, by which its exit code 1 is told from a program's. */
export function hasNotEntered(
  name: string,
  { exitCode, stderr }: { readonly exitCode: number | undefined; readonly stderr: string },
): boolean {
  return exitCode === 1 && stderr.startsWith(`lxc-attach: ${name}: `) && stderr.includes("Failed to get init pid");
}
