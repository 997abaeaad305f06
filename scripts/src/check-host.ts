import { fileURLToPath } from "node:url";
import { requireExecutable } from "@k3s-lab/host";
import { type Lab, useHostSettings } from "@k3s-lab/lab";
import { chain } from "./chain.js";

/** Refuses a host that cannot carry the lab (exit code 3), before anything is touched. */
export function checkHost(lab: Lab): void {
  requireExecutable(fileURLToPath(new URL("../../", import.meta.url)), "k3s-lab itself");
  for (const stage of chain) stage.checkHost?.(lab);
}

/** Refuses files and variables that lab.yaml names and that cannot be used (exit code 2), before anything is touched. */
export async function checkNamed(lab: Lab, signal: AbortSignal): Promise<void> {
  await useHostSettings(lab);
  for (const stage of chain) await stage.checkNamed?.(lab, signal);
}
