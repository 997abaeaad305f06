import type { RunOptions, RunResult } from "@k3s-lab/exec";
import type { FileOptions } from "../../driver.js";
import { writeArgv } from "../../write-argv.js";
import { attemptOnTerminal, enter, type Entry, isInteractive, refuseUnlessRunning } from "../enter.js";
import { attachCommand, fileDescriptor, withFile, withoutTerminal } from "./commands.js";
import { isFrozen } from "./freezer.js";
import { hasSocket, machineState, madeOn } from "./state.js";

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
  return enter(entryTo(labId), name, argv[0] ?? "", command, { ...options, env });
}

export async function copyIn(
  labId: string,
  name: string,
  hostPath: string,
  path: string,
  { mode }: FileOptions,
): Promise<void> {
  const command = withFile(hostPath, attachCommand(labId, name, writeArgv(path, mode, fileDescriptor)));
  await enter(entryTo(labId), name, `copy of ${hostPath}`, command, { timeout: copyTimeout });
}

export async function passThrough(labId: string, name: string, argv: readonly string[]): Promise<number> {
  // LXC's own look is a process, for which a person would wait.
  if (!hasSocket(labId, name) || isFrozen(labId, name)) await refuseUnlessRunning(entryTo(labId), name);
  const keep = process.env.TERM === undefined ? [] : ["TERM"];
  const inside = attachCommand(labId, name, argv.length === 0 ? ["bash", "--login"] : argv, { keep });
  return attemptOnTerminal(isInteractive() ? inside : withoutTerminal(inside));
}

function entryTo(labId: string): Entry {
  return {
    refusalIn: (name, exitCode, stderr) =>
      hasNotEntered(name, { exitCode, stderr }) ? "could not be entered" : undefined,
    stateOf: (name) => machineState(labId, name),
    // A plan of a lab that was never made asks about many machines that are not there.
    // What enters a frozen one freezes with it.
    mayEnter: (name) => madeOn(labId, name) !== undefined && !isFrozen(labId, name),
  };
}

/** lxc-attach's own words, by which its exit code 1 is told from a program's. */
export function hasNotEntered(
  name: string,
  { exitCode, stderr }: { readonly exitCode: number | undefined; readonly stderr: string },
): boolean {
  return exitCode === 1 && stderr.startsWith(`lxc-attach: ${name}: `) && stderr.includes("Failed to get init pid");
}
