import type { Lab } from "@k3s-lab/lab";
import type { Machines } from "./machine.js";
import { machinesRecord } from "./record.js";

/** What the last `lab:up` recorded; nothing before the first. */
export function readMachines({ state }: Pick<Lab, "state">): Machines | undefined {
  return state.read(machinesRecord);
}
