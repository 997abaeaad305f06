import type { HostNetwork } from "@k3s-lab/host-network";
import { carryOut, runStage } from "@k3s-lab/steps";
import { decideMachines } from "./decide-machines.js";
import { requireRoot } from "./require-root.js";
import { machinesSteps } from "./steps/machines-steps.js";

const stage = "machines";

await runStage(stage, async ({ lab, report, signal }) => {
  requireRoot("lab:up");
  const machines = decideMachines(lab, lab.state.expect<HostNetwork>("hostNetwork"));
  // Before there is any: what an interrupted run leaves can be entered, started and removed.
  lab.state.write("machines", machines);
  return carryOut(machinesSteps(lab, machines), { stage, report, signal });
});
