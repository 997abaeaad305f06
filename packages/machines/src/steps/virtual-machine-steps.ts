import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { vagrantDriver } from "../drivers/vagrant/driver.js";
import { canTryKvm } from "../drivers/vagrant/kvm.js";
import type { Machines, VirtualHardware } from "../machine.js";
import { checkAddressesStep } from "./check-addresses.js";
import { findHypervisorStep } from "./find-hypervisor.js";
import { Fleet, type MachineSeen } from "./fleet.js";
import { reconfigureActions, removeUnwantedStep } from "./make-machines.js";
import { noteMachinesStep } from "./note-machines.js";
import { reachRouterStep } from "./reach-router.js";
import { setUpNodesStep } from "./set-up-nodes.js";
import { startVirtualMachinesStep } from "./start-virtual-machines.js";
import { writeVagrantfileStep } from "./write-vagrantfile.js";

/** Virtual machines, each of them a computer on the LAN. */
export function virtualMachineSteps(
  lab: Pick<Lab, "id" | "state">,
  wanted: Machines,
  hardware: VirtualHardware,
): readonly Step[] {
  const driver = vagrantDriver(lab, hardware, () => wanted);
  const fleet = new Fleet(wanted, driver);
  const needsKvm = hardware.provider === "libvirt" && !hardware.emulate;
  return [
    findHypervisorStep(hardware.provider),
    // Before the Vagrantfile is written, without which Vagrant knows none of them.
    removeUnwantedStep(fleet),
    writeVagrantfileStep(driver),
    reconfigureStep(fleet),
    checkAddressesStep(fleet),
    startVirtualMachinesStep(fleet, driver, needsKvm && !canTryKvm() ? "if KVM works" : undefined),
    setUpNodesStep(fleet),
    reachRouterStep(fleet),
    noteMachinesStep(lab.state, fleet),
  ];
}

function reconfigureStep(fleet: Fleet): Step {
  return step<readonly MachineSeen[]>({
    id: "reconfigure-machines",
    title: "Reconfigure machines",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) => seen.flatMap((one) => reconfigureActions(fleet, one)),
  });
}
