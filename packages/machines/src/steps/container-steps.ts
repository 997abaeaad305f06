import { modulesStep } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { lxcDriver } from "../drivers/lxc/driver.js";
import { modules } from "../host-needs.js";
import type { Machines } from "../machine.js";
import { checkAddressesStep } from "./check-addresses.js";
import { Fleet } from "./fleet.js";
import { holdSysctlsStep } from "./hold-sysctls.js";
import { limitMachinesStep } from "./limit-machines.js";
import { makeMachinesStep, removeUnwantedStep } from "./make-machines.js";
import { reachRouterStep } from "./reach-router.js";
import { setUpNodesStep } from "./set-up-nodes.js";
import { startMachinesStep } from "./start-machines.js";

/** Linux containers, each of them a computer on the LAN. */
export function containerSteps(lab: Pick<Lab, "id">, wanted: Machines): readonly Step[] {
  const fleet = new Fleet(
    wanted,
    lxcDriver(lab.id, () => wanted),
  );
  return [
    modulesStep(modules),
    holdSysctlsStep(lab.id),
    removeUnwantedStep(fleet),
    makeMachinesStep(fleet),
    checkAddressesStep(fleet),
    startMachinesStep(fleet),
    limitMachinesStep(fleet),
    setUpNodesStep(fleet),
    reachRouterStep(fleet),
  ];
}
