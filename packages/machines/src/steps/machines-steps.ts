import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { existsSync } from "node:fs";
import { makeForCaller } from "@k3s-lab/host";
import type { HostedDriver } from "../driver.js";
import { dockerDriver } from "../drivers/docker/driver.js";
import { lxcDriver } from "../drivers/lxc/driver.js";
import { vagrantDriver } from "../drivers/vagrant/driver.js";
import type { Machines, Mount } from "../machine.js";
import { cachedImages } from "../places.js";
import { containerSteps } from "./container-steps.js";
import { dockerSteps } from "./docker-steps.js";
import { Fleet } from "./fleet.js";
import { setUpNodesStep } from "./set-up-nodes.js";
import { virtualMachineSteps } from "./virtual-machine-steps.js";

/** All that makes the machines of a lab, and each of them a computer on the LAN, once the caches are full. */
export function machinesSteps(lab: Pick<Lab, "id" | "state">, wanted: Machines): readonly Step[] {
  if (wanted.vagrant !== undefined) return virtualMachineSteps(lab, wanted, wanted.vagrant);
  const steps = wanted.driver === "docker" ? dockerSteps(lab, wanted) : containerSteps(lab, wanted);
  return [...(wanted.mounts?.filter(({ to }) => to === cachedImages.inside).map(cacheFolderStep) ?? []), ...steps];
}

/** The folder that caches of registries are in, before a machine has it. */
function cacheFolderStep({ from }: Mount): Step {
  return step<boolean>({
    id: "make-registry-cache",
    title: "Make the folder of cached images",
    observe: async () => existsSync(from),
    plan: (exists) =>
      exists
        ? []
        : [
            {
              on: "host",
              kind: "make",
              sentence: `host: make ${from} for the images of other registries`,
              run: async () => makeForCaller(from),
            },
          ],
  });
}

/** Returns those of them that repair machines that run, and touch no others. */
export function repairNodesSteps(lab: Pick<Lab, "id" | "state">, wanted: Machines): readonly Step[] {
  return [setUpNodesStep(new Fleet(wanted, driverOf(lab, wanted)))];
}

function driverOf(lab: Pick<Lab, "id" | "state">, wanted: Machines): HostedDriver {
  if (wanted.vagrant !== undefined) return vagrantDriver(lab, wanted.vagrant, () => wanted);
  return wanted.driver === "docker" ? dockerDriver(lab.id, () => wanted) : lxcDriver(lab.id, () => wanted);
}
