import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineState } from "../../driver.js";
import { machinePlaces, machinesDir } from "../../places.js";
import { readIfExists } from "@k3s-lab/host";
import { runCommand } from "../enter.js";
import { settleCommand, stateCommand } from "./commands.js";
import { dataDirs, rootfsOf } from "./config.js";

const settled: ReadonlySet<string> = new Set(["RUNNING", "STOPPED", "FROZEN"]);

export async function machineState(labId: string, name: string): Promise<MachineState> {
  if (madeOn(labId, name) === undefined) return "absent";
  if (process.getuid?.() !== 0) return hasSocket(labId, name) ? "running" : "stopped";
  let state = await lxcState(labId, name);
  if (!settled.has(state)) {
    // It starts, stops or reboots.
    await runCommand(settleCommand(labId, name), { answers: "any" });
    state = await lxcState(labId, name);
  }
  // One that was left frozen cannot be entered: its next start thaws it.
  return state === "STOPPED" || state === "FROZEN" ? "stopped" : "running";
}

/** The root file system that a machine stands on; nothing where a part of the machine is missing. */
export function madeOn(labId: string, name: string): string | undefined {
  const { config, upper, data } = machinePlaces(labId, name);
  const rootfs = rootfsOf(readIfExists(config) ?? "");
  if (rootfs === undefined) return undefined;
  const parts = [rootfs, upper, ...Object.keys(dataDirs).map((dir) => join(data, dir))];
  return parts.every((part) => existsSync(part)) ? rootfs : undefined;
}

async function lxcState(labId: string, name: string): Promise<string> {
  return (await runCommand(stateCommand(labId, name))).stdout.trim();
}

/** Tells whether a machine's monitor listens, as it does while the machine runs: LXC answers only root, but this anybody may see. */
export function hasSocket(labId: string, name: string): boolean {
  return readFileSync("/proc/net/unix", "utf8").includes(`@${machinesDir(labId)}/${name}/command\n`);
}
