import { existsSync } from "node:fs";
import { programsStep } from "@k3s-lab/host";
import { type Lab, machineProvider, type VagrantProvider } from "@k3s-lab/lab";
import { carryOut, runStage, type Step } from "@k3s-lab/steps";
import { programsOf } from "./drivers/vagrant/host-needs.js";
import { buildPrograms, programs } from "./host-needs.js";
import { rootfsPath } from "./rootfs/path.js";
import { boxStep } from "./steps/add-box.js";
import { rootfsStep } from "./steps/build-rootfs.js";

const stage = "machines";

await runStage(stage, async ({ lab, report, signal }) => {
  const provider = machineProvider(lab.config);
  return carryOut(provider === "lxc" ? containers(lab) : virtualMachines(lab, provider), { stage, report, signal });
});

function containers({ config }: Lab): readonly Step[] {
  const needed = existsSync(rootfsPath()) ? programs : [...programs, ...buildPrograms];
  return [programsStep(needed, config.host.install), rootfsStep()];
}

function virtualMachines({ config }: Lab, provider: VagrantProvider): readonly Step[] {
  const { box } = config.machines.vagrant;
  return [programsStep(programsOf(provider), config.host.install), boxStep({ box, provider })];
}
