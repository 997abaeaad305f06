import { join } from "node:path";
import { passThrough, run } from "@k3s-lab/exec";
import type { Lab } from "@k3s-lab/lab";
import { clusterRecord } from "./record.js";
import { hostEnvironment } from "@k3s-lab/k3s-source";
import { whyRefused } from "./kubeconfig-certificate.js";

/** Returns what the kubectl of the lab's own K3s prints to complete the last of these words. Takes `timeout` milliseconds at most. */
export async function completeKubectl(
  lab: Pick<Lab, "state">,
  words: readonly string[],
  timeout: number,
): Promise<string> {
  const { folder, binary, kubeconfig } = lab.state.expect(clusterRecord);
  const env = { ...hostEnvironment(), KUBECONFIG: kubeconfig };
  const argv = ["kubectl", "__complete", ...words];
  return (await run(join(folder, binary.name), argv, { env, timeout })).stdout;
}

/** Runs the kubectl of the lab's own K3s on the caller's terminal, against the lab's cluster; resolves with its exit code. */
export async function passKubectl(
  lab: Pick<Lab, "state">,
  argv: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<number> {
  const { folder, binary, kubeconfig } = lab.state.expect(clusterRecord);
  const env = { ...hostEnvironment(), KUBECONFIG: kubeconfig };
  const refused = await whyRefused(kubeconfig);
  // kubectl itself only says that somebody is not logged in; what needs no cluster goes on.
  if (refused !== undefined) process.stderr.write(`${refused}\n`);
  return passThrough(join(folder, binary.name), ["kubectl", ...argv], { ...options, env });
}
