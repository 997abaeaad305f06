import { lanLink } from "@k3s-lab/host-network/network";
import type { Fitness } from "../../driver.js";
import { limitWords } from "../../limits.js";
import type { Machine, Machines } from "../../machine.js";
import { cableName, machinePlaces } from "../../places.js";
import { readIfExists } from "@k3s-lab/host";
import { cableState } from "./cable.js";
import { labCgroups } from "./cgroups.js";
import { lxcConfig, type LxcConfigOptions, rootfsOf } from "./config.js";
import { hasFiles } from "./create.js";
import { areLimited, withoutLimits } from "./limits.js";

export function fitness(labId: string, machine: Machine, wanted: Machines, isRunning: boolean): Fitness {
  const { lan, mounts } = wanted;
  // The files of a machine that runs are looked at inside, and repaired there.
  if (!isRunning && !hasFiles(labId, machine, wanted)) return "outdated";
  if (!isConfigured(readIfExists(machinePlaces(labId, machine.name).config), { labId, machine, lan, mounts }))
    return "outdated";
  // A macvlan has no end on the host: that a running machine has it, only the machine itself tells.
  if (!isRunning || lan.kind === "macvlan") return "fit";
  const cable = cableState(cableName(labId, machine.name), lanLink(lan));
  return ({ plugged: "fit", loose: "unplugged", gone: "outdated" } as const)[cable];
}

/** A machine stays on the root file system that it was made on: a later recipe is none of its concern. */
export function isConfigured(config: string | undefined, wanted: Omit<LxcConfigOptions, "rootfs">): boolean {
  const rootfs = rootfsOf(config ?? "");
  return rootfs !== undefined && withoutLimits(config ?? "") === withoutLimits(lxcConfig({ ...wanted, rootfs }));
}

/** Tells whether a machine has its limits, now and after its next start. */
export function isLimited(labId: string, machine: Machine, { lan, mounts }: Machines): boolean {
  const config = readIfExists(machinePlaces(labId, machine.name).config);
  const rootfs = rootfsOf(config ?? "");
  const wanted = rootfs === undefined ? undefined : lxcConfig({ labId, machine, lan, rootfs, mounts });
  if (config !== wanted) return false;
  // What somebody else has limited by hand is none of the lab's where lab.yaml names no limit.
  return limitWords(machine) === undefined || areLimited(labCgroups(labId, machine.name), machine);
}
