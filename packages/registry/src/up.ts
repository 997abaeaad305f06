import { mirrorOf } from "@k3s-lab/lab";
import type { Machines } from "@k3s-lab/machines";
import { carryOut, runStage } from "@k3s-lab/steps";
import { registrySteps } from "./steps.js";

const stage = "registry";

await runStage(stage, async ({ lab, report, signal }) => {
  const { machines } = lab.state.expect<Machines>("machines");
  lab.state.expect("cluster");
  const registry = mirrorOf(lab.config, machines);
  lab.state.write("registry", registry);
  return carryOut(registrySteps(lab, registry), { stage, report, signal });
});
