import { type Lab, machineProvider } from "@k3s-lab/lab";
import type { Driver } from "./driver.js";
import { lxcDriver } from "./drivers/lxc/driver.js";
import { vagrantDriver } from "./drivers/vagrant/driver.js";
import { readMachines } from "./read-machines.js";
import { machinesRecord } from "./record.js";

/** The driver of a lab's machines, from any process: what was recorded is read when a machine is made. */
export function openDriver(lab: Pick<Lab, "id" | "config" | "state">): Driver {
  const recorded = () => lab.state.expect(machinesRecord);
  const made = readMachines(lab);
  const provider = made === undefined ? machineProvider(lab.config) : (made.vagrant?.provider ?? "lxc");
  if (provider === "lxc") return lxcDriver(lab.id, recorded);
  return vagrantDriver(lab, made?.vagrant ?? { provider, emulate: false }, recorded);
}
