import type { HostNetwork } from "@k3s-lab/host-network";
import type { Machines } from "@k3s-lab/machines";
import { carryOut, runStage } from "@k3s-lab/steps";
import { decideCluster } from "./cluster.js";
import { askedBy, fetchCluster } from "./fetch-cluster.js";
import { clusterSteps } from "./steps/cluster-steps.js";

const stage = "cluster";

await runStage(stage, async ({ lab, report, signal }) => {
  const network = lab.state.expect<HostNetwork>("hostNetwork");
  const machines = lab.state.expect<Machines>("machines");
  const release = await fetchCluster(lab, report, { signal });
  const cluster = decideCluster(lab, network, machines, { asked: askedBy(lab), release });
  // Before anything is done: an interrupted lab goes on with the same K3s.
  lab.state.write("cluster", cluster);
  return carryOut(clusterSteps(lab, { cluster, network, machines }), { stage, report, signal });
});
