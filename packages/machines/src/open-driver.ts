import { type Lab, Problem } from "@k3s-lab/lab";
import type { Driver } from "./driver.js";
import { lxcDriver } from "./drivers/lxc/driver.js";
import { readMachines } from "./read-machines.js";

/** The driver of a lab's machines, from any process: what was recorded is read when a machine is made. */
export function openDriver(lab: Pick<Lab, "id" | "state">): Driver {
  return lxcDriver(lab.id, () => {
    const machines = readMachines(lab);
    if (machines !== undefined) return machines;
    throw new Problem(lab.state.path("machines"), "is not there", {
      remedy: "Run `npm run lab:up`, which runs every stage.",
    });
  });
}
