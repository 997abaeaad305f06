import { modulesStep, programsStep } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { lxcDriver } from "../drivers/lxc/driver.js";
import { modules, programs } from "../host-needs.js";
import type { Machines } from "../machine.js";
import { rootfsStep } from "./build-rootfs.js";
import { checkAddressesStep } from "./check-addresses.js";
import { Fleet, newlyPicked } from "./fleet.js";
import { holdSysctlsStep } from "./hold-sysctls.js";
import { makeMachinesStep, removeUnwantedStep } from "./make-machines.js";
import { reachRouterStep } from "./reach-router.js";
import { setUpNodesStep } from "./set-up-nodes.js";
import { startMachinesStep } from "./start-machines.js";

/** Linux containers, each of them a computer on the LAN. */
export function containerSteps(lab: Pick<Lab, "id" | "config" | "state">, wanted: Machines): readonly Step[] {
  const driver = lxcDriver(lab.id, () => wanted);
  const fleet = new Fleet(wanted, driver, newlyPicked(lab, wanted));
  const { install } = lab.config.host;
  return [
    programsStep(programs, install),
    modulesStep(modules),
    holdSysctlsStep(lab.id),
    rootfsStep(() => wanted.machines.some(({ name }) => !driver.isMade(name))),
    removeUnwantedStep(fleet),
    makeMachinesStep(fleet),
    checkAddressesStep(fleet),
    startMachinesStep(fleet),
    setUpNodesStep(fleet),
    reachRouterStep(fleet),
  ];
}
