import { join } from "node:path";
import { passThrough, run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { type Lab, Problem } from "@k3s-lab/lab";
import { readCluster } from "./cluster.js";
import { hostEnvironment } from "./source/host-data.js";

/** Runs the kubectl of the lab's own K3s on the host, against the lab's cluster. */
export async function kubectl(
  lab: Pick<Lab, "state">,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { binary, env } = command(lab);
  return run(binary, ["kubectl", ...argv], { ...options, env: { ...options.env, ...env } });
}

/** On the caller's terminal; resolves with kubectl's exit code. */
export async function passKubectl(
  lab: Pick<Lab, "state">,
  argv: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<number> {
  const { binary, env } = command(lab);
  return passThrough(binary, ["kubectl", ...argv], { ...options, env });
}

function command(lab: Pick<Lab, "state">): { readonly binary: string; readonly env: Readonly<Record<string, string>> } {
  const cluster = readCluster(lab);
  if (cluster === undefined) {
    throw new Problem(lab.state.path("cluster"), "is not there", {
      remedy: "Run `npm run lab:up`, which runs every stage.",
    });
  }
  return {
    binary: join(cluster.folder, cluster.binary.name),
    env: { ...hostEnvironment(), KUBECONFIG: cluster.kubeconfig },
  };
}
