import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import type { MachineState } from "../../driver.js";
import { machinePlaces, machinesDir } from "../../places.js";
import { settleCommand, stateCommand } from "./commands.js";
import { dataDirs, rootfsOf } from "./config.js";

const settled: ReadonlySet<string> = new Set(["RUNNING", "STOPPED", "FROZEN"]);

export async function machineState(labId: string, name: string): Promise<MachineState> {
  if (madeOn(labId, name) === undefined) return "absent";
  if (process.getuid?.() !== 0) return hasSocket(labId, name) ? "running" : "stopped";
  let state = await lxcState(labId, name);
  if (!settled.has(state)) {
    // It starts, stops or reboots.
    const [program, ...args] = settleCommand(labId, name);
    await run(program, args, { answers: "any" });
    state = await lxcState(labId, name);
  }
  return state === "STOPPED" ? "stopped" : "running";
}

/** The root file system that a machine stands on; nothing where a part of the machine is missing. */
export function madeOn(labId: string, name: string): string | undefined {
  const config = readConfig(labId, name);
  const rootfs = config === undefined ? undefined : rootfsOf(config);
  if (rootfs === undefined) return undefined;
  const { upper, data } = machinePlaces(labId, name);
  const parts = [rootfs, upper, ...Object.keys(dataDirs).map((dir) => join(data, dir))];
  return parts.every((part) => existsSync(part)) ? rootfs : undefined;
}

export function readConfig(labId: string, name: string): string | undefined {
  try {
    return readFileSync(machinePlaces(labId, name).config, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function lxcState(labId: string, name: string): Promise<string> {
  const [program, ...args] = stateCommand(labId, name);
  return (await run(program, args)).stdout.trim();
}

/** LXC answers only root; that its monitor listens, everybody may see. */
function hasSocket(labId: string, name: string): boolean {
  return readFileSync("/proc/net/unix", "utf8").includes(`@${machinesDir(labId)}/${name}/command\n`);
}
