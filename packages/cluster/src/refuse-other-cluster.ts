import type { HostNetwork } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import type { Machines } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import type { Cluster } from "./cluster.js";

/** What a cluster keeps for good, as far as it is known of one that was made. */
export type Made = { readonly [Key in "podCidr" | "serviceCidr" | "serverNode"]?: Cluster[Key] | undefined };

/**
 * Throws a Problem, by which the lab is made anew, where lab.yaml asks for what a cluster cannot become: Services and pods keep
 * the networks in which they were made, and the data is on the disk of its server.
 */
export function refuseOtherCluster(
  { file }: Pick<Lab, "file">,
  {
    hostNetwork,
    machines,
  }: {
    readonly hostNetwork: Pick<HostNetwork, "podCidr" | "serviceCidr">;
    readonly machines: Pick<Machines, "machines">;
  },
  made: Made,
): void {
  const servers = machines.machines.filter(({ role }) => role === "server").map(({ name }) => name);
  const isElsewhere = made.serverNode !== undefined && !servers.includes(made.serverNode);
  const changes = [
    ["cluster.podCidr", hostNetwork.podCidr, made.podCidr],
    ["cluster.serviceCidr", hostNetwork.serviceCidr, made.serviceCidr],
    ["nodes: the server", servers.join(", "), isElsewhere ? made.serverNode : undefined],
  ] as const;
  for (const [key, is, was] of changes) {
    if (was === undefined || String(is) === String(was)) continue;
    throw new Problem("LAB-MCH-009", file, `${key}: is ${is}, and the cluster was made with ${was}`, {
      remedy: "`npm run lab:up` asks, and rebuilds all of the lab; or write what it was.",
    });
  }
}
