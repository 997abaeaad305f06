import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { lxcDriver } from "../drivers/lxc/driver.js";
import { vagrantDriver } from "../drivers/vagrant/driver.js";
import type { Machines } from "../machine.js";
import { containerSteps } from "./container-steps.js";
import { Fleet } from "./fleet.js";
import { setUpNodesStep } from "./set-up-nodes.js";
import { virtualMachineSteps } from "./virtual-machine-steps.js";

/** All that makes the machines of a lab, and each of them a computer on the LAN, once the caches are full. */
export function machinesSteps(lab: Pick<Lab, "id" | "state">, wanted: Machines): readonly Step[] {
  return wanted.vagrant === undefined ? containerSteps(lab, wanted) : virtualMachineSteps(lab, wanted, wanted.vagrant);
}

/** Returns those of them that repair machines that run, and touch no others. */
export function repairNodesSteps(lab: Pick<Lab, "id" | "state">, wanted: Machines): readonly Step[] {
  const { vagrant } = wanted;
  const driver = vagrant === undefined ? lxcDriver(lab.id, () => wanted) : vagrantDriver(lab, vagrant, () => wanted);
  return [setUpNodesStep(new Fleet(wanted, driver))];
}
