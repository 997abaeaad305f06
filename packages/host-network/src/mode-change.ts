import { type Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { HostNetwork } from "./network.js";

/** Every address of the cluster would be another: its certificates and its data belong to the ones that it has. */
export function refuseModeChange(
  { config, file }: Pick<Lab, "config" | "file">,
  remembered: Pick<HostNetwork, "lan"> | undefined,
): void {
  if (remembered === undefined) return;
  const { mode } = config.network;
  const was = modeOf(remembered);
  if (was === mode) return;
  throw new Problem("LAB-NET-014", file, `network.mode: is ${mode}, and the lab was made ${was}`, {
    remedy: `Run \`npm run lab:down\`, then \`npm run lab:up\`; or write mode: ${was}.`,
  });
}

function modeOf({ lan }: Pick<HostNetwork, "lan">): "private" | "bridged" {
  return lan.kind === "private" ? "private" : "bridged";
}
