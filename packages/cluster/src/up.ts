import type { HostNetwork } from "@k3s-lab/host-network";
import { type Lab, type LabFile, Problem } from "@k3s-lab/lab";
import type { Machines } from "@k3s-lab/machines";
import { carryOut, runStage } from "@k3s-lab/steps";
import { decideCluster } from "./cluster.js";
import { askedBy, fetchCluster } from "./fetch-cluster.js";
import { clusterSteps } from "./steps/cluster-steps.js";

const stage = "cluster";

await runStage(stage, async ({ lab, report, signal }) => {
  const network = upstream<HostNetwork>(lab, "hostNetwork");
  const machines = upstream<Machines>(lab, "machines");
  const release = await fetchCluster(lab, report, { signal });
  const cluster = decideCluster(lab, network, machines, { asked: askedBy(lab), release });
  // Before anything is done: an interrupted lab goes on with the same K3s.
  lab.state.write("cluster", cluster);
  return carryOut(clusterSteps(lab, { cluster, network, machines }), { stage, report, signal });
});

function upstream<Value>({ state }: Lab, file: LabFile): Value {
  const value = state.read<Value>(file);
  if (value !== undefined) return value;
  const remedy = "Run `npm run lab:up`, which runs every stage.";
  throw new Problem(state.path(file), "is not there", { remedy });
}
