import type { HostNetwork } from "@k3s-lab/host-network";
import { Problem } from "@k3s-lab/problem";
import type { Machines } from "@k3s-lab/machines";
import { type Decision, stage } from "@k3s-lab/stages";
import { type Cluster, decideCluster, type ForeseenCluster } from "./cluster.js";
import { describeCluster } from "./describe-cluster.js";
import { askedBy, knownRelease } from "./fetch-cluster.js";
import { foreseeRelease } from "./foresee-release.js";
import { clusterRecord } from "./record.js";
import { clusterSteps, guardSteps } from "./steps/cluster-steps.js";
import { fetchK3sStep } from "./steps/fetch-k3s.js";
import { removeCluster } from "./steps/remove-cluster.js";

type Upstream = Readonly<{ hostNetwork: HostNetwork; machines: Machines }>;

/** K3s on every machine, from nothing to Ready. */
export const clusterStage = stage<"cluster", Cluster, Upstream>({
  name: "cluster",
  key: "cluster",
  record: clusterRecord,
  fetch: (lab) => [fetchK3sStep(lab)],
  decide: async (decision) => (await decide(decision)) as Cluster,
  steps: ({ lab, values: { cluster, hostNetwork, machines }, contributed }) =>
    clusterSteps(lab, { cluster, network: hostNetwork, machines }, contributed),
  repairs: ({ lab, values: { cluster, hostNetwork, machines }, running }) =>
    guardSteps(lab, { cluster, network: hostNetwork, machines }, running),
  removal: removeCluster,
  describe: async (lab, { signal }) => describeCluster(lab, signal),
});

/** A plan may speak of a release that was not fetched yet. */
async function decide({ lab, upstream, mayAsk }: Decision<Cluster, Upstream>): Promise<ForeseenCluster> {
  const release = mayAsk ? await knownRelease(lab) : await foreseeRelease(lab);
  if (release === undefined) {
    throw new Problem("LAB-SRC-019", "K3s", "was not fetched yet", { remedy: "Run `npm run lab:fetch`." });
  }
  return decideCluster(lab, upstream.hostNetwork, upstream.machines, { asked: askedBy(lab), release });
}
