import type { HostNetwork } from "@k3s-lab/host-network";
import { Problem } from "@k3s-lab/lab";
import { carryOut, runStage } from "@k3s-lab/steps";
import { decideMachines } from "./decide-machines.js";
import { requireRoot } from "./require-root.js";
import { machinesSteps } from "./steps/machines-steps.js";

const stage = "machines";

await runStage(stage, async ({ lab, report, signal }) => {
  requireRoot("lab:up");
  const network = lab.state.read<HostNetwork>("hostNetwork");
  if (network === undefined) {
    const remedy = "Run `npm run lab:up`, which runs every stage.";
    throw new Problem(lab.state.path("hostNetwork"), "is not there", { remedy });
  }
  const machines = decideMachines(lab, network);
  // Before there is any: what an interrupted run leaves can be entered, started and removed.
  lab.state.write("machines", machines);
  return carryOut(machinesSteps(lab, machines), { stage, report, signal });
});
