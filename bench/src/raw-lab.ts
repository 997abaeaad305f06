import { join } from "node:path";
import { readCluster } from "@k3s-lab/cluster";
import { systemDir } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { machinesRecord } from "@k3s-lab/machines";
import { readRegistry } from "@k3s-lab/registry";
import type { RawLab } from "../raw/raw-chain.js";

/** Returns a lab that is up in the words of the raw tools; throws where it is not. */
export function rawLab(lab: Lab): RawLab {
  const [machines, cluster, registry] = [
    lab.state.read(machinesRecord)?.machines ?? [],
    readCluster(lab),
    readRegistry(lab),
  ];
  if (cluster === undefined || registry === undefined) throw new Error("the lab is not up");
  return {
    containers: join(systemDir, lab.id, "machines"),
    server: registry.node,
    serverAddress: new URL(cluster.server).hostname,
    agents: machines.filter(({ role }) => role === "agent").map(({ name }) => name),
    k3s: join(cluster.folder, cluster.binary.name),
    kubeconfig: cluster.kubeconfig,
    registry: registry.name,
    endpoint: registry.endpoint,
    registryHost: registry.host,
  };
}

/**
 * Returns two names of the smallest image that K3s comes with: for `push`, and for skopeo, which tells images of an archive
 * by their tags alone.
 */
export function pauseImage(lab: Lab): { readonly ours: string; readonly skopeos: string } {
  const cluster = readCluster(lab);
  for (const { name, images = [] } of cluster?.archives ?? []) {
    const image = images.find((each) => each.includes("pause"));
    if (cluster === undefined || image === undefined) continue;
    const archive = `oci-archive:${join(cluster.folder, name)}`;
    return { ours: `${archive}:${image}`, skopeos: `${archive}:${image.split(":").at(-1)}` };
  }
  throw new Error("the lab's K3s came without a pause image");
}

/** Tells which K3s a lab runs: "v1.34.4+k3s1 (modules)". */
export function k3sOf(lab: Lab): string {
  const cluster = readCluster(lab);
  return cluster === undefined ? "none" : `${cluster.version} (${cluster.source})`;
}
