import { existsSync, rmSync } from "node:fs";
import { isVagrant, type Lab, type MachineProvider, machineProvider, type VagrantProvider } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { vagrantDriver } from "../drivers/vagrant/driver.js";
import { socketDir } from "../drivers/vagrant/host-system.js";
import { machinesOf } from "../drivers/vagrant/hypervisor.js";
import { machinesRecord } from "../record.js";
import { providerOf } from "../standing.js";
import { diskOf } from "./make-machines.js";

/**
 * Takes all virtual machines of a lab off the host: those that its folder knows, and those that the hypervisor has
 * under the lab's id. A hypervisor is asked only where lab.yaml or the lab's files speak of it.
 */
export function removeVirtualMachines(lab: Pick<Lab, "id" | "config" | "state">): readonly Step[] {
  const provider = hypervisorOf(lab);
  if (provider === undefined) return [];
  const driver = vagrantDriver(lab, { provider, emulate: false }, () => lab.state.expect(machinesRecord));
  const folders = [lab.state.path("vagrant"), socketDir({ platform: process.platform, env: process.env }, lab.id)];
  return [
    // One after the other: libvirt's NAT network goes with the last one, and of two each would take itself for it.
    step<readonly string[]>({
      id: "remove-virtual-machines",
      title: "Remove virtual machines",
      observe: async () =>
        [...new Set([...(await driver.names()), ...(await machinesOf(lab.id, provider))])].toSorted(),
      plan: (names) =>
        names.map((name) => ({
          on: name,
          kind: "remove",
          destroys: diskOf(name),
          sentence: `${name}: end and remove the virtual machine`,
          run: () => driver.destroy(name),
        })),
    }),
    step<readonly string[]>({
      id: "remove-what-virtual-machines-left",
      title: "Remove what virtual machines left",
      observe: async () => folders.filter((folder) => existsSync(folder)),
      plan: (there) =>
        there.map((folder) => ({
          on: "host",
          kind: "remove",
          sentence: `host: remove ${folder}`,
          run: async () => rmSync(folder, { recursive: true, force: true }),
        })),
    }),
  ];
}

/** What a hypervisor is asked by: a lab of containers may have left virtual machines all the same. */
function hypervisorOf(lab: Pick<Lab, "id" | "config" | "state">): VagrantProvider | undefined {
  const made = recordedOrStanding(lab);
  const provider = made ?? machineProvider(lab.config);
  if (isVagrant(provider)) return provider;
  return made === undefined && existsSync(lab.state.path("vagrant")) ? lab.config.machines.vagrant.provider : undefined;
}

/** A record that cannot be read is none. */
function recordedOrStanding(lab: Pick<Lab, "id" | "state">): MachineProvider | undefined {
  try {
    return providerOf(lab);
  } catch {
    return undefined;
  }
}
