import { type Lab, machineProvider } from "@k3s-lab/lab";
import type { HostedDriver } from "./driver.js";
import { dockerDriver } from "./drivers/docker/driver.js";
import { lxcDriver } from "./drivers/lxc/driver.js";
import { vagrantDriver } from "./drivers/vagrant/driver.js";
import { machinesRecord } from "./record.js";
import { providerOf } from "./standing.js";

/** Returns the driver of a lab's machines, in any process: what was recorded is read when a machine is made. */
export function openDriver(lab: Pick<Lab, "id" | "config" | "state">): HostedDriver {
  const recorded = () => lab.state.expect(machinesRecord);
  const provider = providerOf(lab) ?? machineProvider(lab.config);
  if (provider === "lxc") return lxcDriver(lab.id, recorded);
  if (provider === "docker") return dockerDriver(lab.id, recorded);
  return vagrantDriver(lab, lab.state.read(machinesRecord)?.vagrant ?? { provider, emulate: false }, recorded);
}
