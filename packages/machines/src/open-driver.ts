import type { Lab } from "@k3s-lab/lab";
import type { Driver } from "./driver.js";
import { lxcDriver } from "./drivers/lxc/driver.js";
import type { Machines } from "./machine.js";

/** The driver of a lab's machines, from any process: what was recorded is read when a machine is made. */
export function openDriver(lab: Pick<Lab, "id" | "state">): Driver {
  return lxcDriver(lab.id, () => lab.state.expect<Machines>("machines"));
}
