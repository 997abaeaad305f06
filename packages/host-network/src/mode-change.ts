import { type Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Lan } from "./network.js";

/** Refuses another network.mode: every address would change, and the cluster's certificates and data name them. */
export function refuseModeChange({ config, file }: Pick<Lab, "config" | "file">, lan: Lan | undefined): void {
  if (lan === undefined) return;
  const { mode } = config.network;
  const was = lan.kind === "private" ? "private" : "bridged";
  if (was === mode) return;
  throw new Problem("LAB-NET-014", file, `network.mode: is ${mode}, and the lab was made ${was}`, {
    remedy: `Run \`npm run lab:down\`, then \`npm run lab:up\`; or write mode: ${was}.`,
  });
}
