import type { HostNetwork } from "@k3s-lab/host-network";
import { Problem } from "@k3s-lab/problem";
import type { Machines } from "@k3s-lab/machines";
import { type Decision, forgetStateStep, stage } from "@k3s-lab/stages";
import { type Cluster, decideCluster, type ForeseenCluster } from "./cluster.js";
import { describeCluster } from "./describe-cluster.js";
import { foreseeRelease, knownRelease } from "@k3s-lab/k3s-source";
import { queryOf } from "./fetch-cluster.js";
import { clusterRecord } from "./record.js";
import { remainsOf } from "./remains.js";
import { clusterSteps, guardSteps } from "./steps/cluster-steps.js";
import { fetchK3sStep } from "./steps/fetch-k3s.js";

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
  removal: (lab) => [forgetStateStep("forget-cluster", "Forget cluster", lab, ["kubeconfig", "secrets", "cluster"])],
  remains: (lab) => remainsOf(lab),
  describe: async (lab, { signal }) => describeCluster(lab, signal),
});

/** A plan may speak of a release that was not fetched yet. */
async function decide({ lab, upstream, mayAsk }: Decision<Cluster, Upstream>): Promise<ForeseenCluster> {
  const query = queryOf(lab);
  const release = await (mayAsk ? knownRelease(query) : foreseeRelease(query));
  if (release === undefined) {
    throw new Problem("LAB-SRC-019", "K3s", "was not fetched yet", { remedy: "Run `npm run lab:fetch`." });
  }
  return decideCluster(lab, upstream.hostNetwork, upstream.machines, { asked: query.asked, release });
}
