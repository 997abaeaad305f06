import type { Fitness } from "../../driver.js";
import type { Machine } from "../../machine.js";
import { cableName } from "../../places.js";
import { cableState } from "./cable.js";
import { lxcConfig, rootfsOf } from "./config.js";
import { readConfig } from "./state.js";

export function fitness(labId: string, machine: Machine, bridge: string, isRunning: boolean): Fitness {
  if (!isConfigured(readConfig(labId, machine.name), { labId, machine, bridge })) return "outdated";
  if (!isRunning) return "fit";
  const cable = cableState(cableName(labId, machine.name), bridge);
  return ({ plugged: "fit", loose: "unplugged", gone: "outdated" } as const)[cable];
}

/** A machine stays on the root file system that it was made on: a later recipe is none of its concern. */
export function isConfigured(
  config: string | undefined,
  wanted: { readonly labId: string; readonly machine: Machine; readonly bridge: string },
): boolean {
  const rootfs = config === undefined ? undefined : rootfsOf(config);
  return rootfs !== undefined && config === lxcConfig({ ...wanted, rootfs });
}
