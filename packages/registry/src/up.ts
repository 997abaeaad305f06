import { mirrorOf, Problem } from "@k3s-lab/lab";
import { readMachines } from "@k3s-lab/machines";
import { carryOut, runStage } from "@k3s-lab/steps";
import { registrySteps } from "./steps.js";

const stage = "registry";

await runStage(stage, async ({ lab, report, signal }) => {
  const machines = readMachines(lab);
  if (machines === undefined || lab.state.read("cluster") === undefined) {
    const missing = lab.state.path(machines === undefined ? "machines" : "cluster");
    throw new Problem(missing, "is not there", { remedy: "Run `npm run lab:up`, which runs every stage." });
  }
  const registry = mirrorOf(lab.config, machines.machines);
  lab.state.write("registry", registry);
  return carryOut(registrySteps(lab, registry), { stage, report, signal });
});
