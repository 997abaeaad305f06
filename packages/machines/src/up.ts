import { programsStep } from "@k3s-lab/host";
import type { HostNetwork } from "@k3s-lab/host-network";
import { type Lab, machineProvider } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { carryOut, runStage } from "@k3s-lab/steps";
import { decideMachines } from "./decide-machines.js";
import { programsOf } from "./drivers/vagrant/host-needs.js";
import { kvmFault } from "./drivers/vagrant/kvm.js";
import { readMachines } from "./read-machines.js";
import { requireRootFor } from "./require-root.js";
import { machinesSteps } from "./steps/machines-steps.js";

const stage = "machines";

await runStage(stage, async ({ lab, report, signal }) => {
  requireRootFor(lab, "lab:up");
  const options = { stage, report, signal };
  const network = lab.state.expect<HostNetwork>("hostNetwork");
  const remembered = readMachines(lab);
  let installed = 0;
  let emulate = false;
  if (remembered === undefined && machineProvider(lab.config) === "libvirt") {
    // What starts a machine is what tells whether KVM works.
    installed = await carryOut([programsStep(programsOf("libvirt"), lab.config.host.install)], options);
    const fault = await kvmFault();
    if (fault !== undefined) report({ event: "note", stage, message: emulation(lab, fault) });
    emulate = fault !== undefined;
  }
  const machines = decideMachines(lab, network, { remembered, emulate });
  // Before there is any: what an interrupted run leaves can be entered, started and removed.
  lab.state.write("machines", machines);
  return installed + (await carryOut(machinesSteps(lab, machines), options));
});

function emulation({ config, file }: Lab, fault: string): string {
  if (config.machines.vagrant.emulate) return `processors are emulated, 13 to 36 times slower: ${fault}`;
  throw new Problem("LAB-MCH-017", "host", `KVM does not work: ${fault}`, {
    remedy: `Load kvm_intel or kvm_amd, or allow emulation, which is 13 to 36 times slower: machines.vagrant.emulate: true in ${file}.`,
  });
}
