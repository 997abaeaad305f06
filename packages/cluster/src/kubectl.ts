import { join } from "node:path";
import { passThrough } from "@k3s-lab/exec";
import type { Lab } from "@k3s-lab/lab";
import { clusterRecord } from "./record.js";
import { hostEnvironment } from "@k3s-lab/k3s-source";

/** Runs the kubectl of the lab's own K3s on the caller's terminal, against the lab's cluster; resolves with its exit code. */
export async function passKubectl(
  lab: Pick<Lab, "state">,
  argv: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<number> {
  const { binary, env } = command(lab);
  return passThrough(binary, ["kubectl", ...argv], { ...options, env });
}

function command(lab: Pick<Lab, "state">): { readonly binary: string; readonly env: Readonly<Record<string, string>> } {
  const cluster = lab.state.expect(clusterRecord);
  return {
    binary: join(cluster.folder, cluster.binary.name),
    env: { ...hostEnvironment(), KUBECONFIG: cluster.kubeconfig },
  };
}
