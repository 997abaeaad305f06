import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import type { HostedDriver } from "../driver.js";
import { dockerDriver } from "../drivers/docker/driver.js";
import { lxcDriver } from "../drivers/lxc/driver.js";
import { vagrantDriver } from "../drivers/vagrant/driver.js";
import type { Machines } from "../machine.js";
import { containerSteps } from "./container-steps.js";
import { dockerSteps } from "./docker-steps.js";
import { Fleet } from "./fleet.js";
import { setUpNodesStep } from "./set-up-nodes.js";
import { virtualMachineSteps } from "./virtual-machine-steps.js";

/** All that makes the machines of a lab, and each of them a computer on the LAN, once the caches are full. */
export function machinesSteps(lab: Pick<Lab, "id" | "state">, wanted: Machines): readonly Step[] {
  if (wanted.vagrant !== undefined) return virtualMachineSteps(lab, wanted, wanted.vagrant);
  return wanted.driver === "docker" ? dockerSteps(lab, wanted) : containerSteps(lab, wanted);
}

/** Returns those of them that repair machines that run, and touch no others. */
export function repairNodesSteps(lab: Pick<Lab, "id" | "state">, wanted: Machines): readonly Step[] {
  return [setUpNodesStep(new Fleet(wanted, driverOf(lab, wanted)))];
}

function driverOf(lab: Pick<Lab, "id" | "state">, wanted: Machines): HostedDriver {
  if (wanted.vagrant !== undefined) return vagrantDriver(lab, wanted.vagrant, () => wanted);
  return wanted.driver === "docker" ? dockerDriver(lab.id, () => wanted) : lxcDriver(lab.id, () => wanted);
}
