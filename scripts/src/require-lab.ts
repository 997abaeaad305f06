import type { Lab } from "@k3s-lab/lab";
import { machinesRecord } from "@k3s-lab/machines/record";
import { Problem } from "@k3s-lab/problem";

/** Refuses to go on where there is no lab to work on. */
export function requireLab(lab: Lab): void {
  if (lab.state.read(machinesRecord) === undefined) throw noLab(lab);
}

export function noLab(lab: Lab): Problem {
  return new Problem("LAB-CLI-003", lab.state.dir, "there is no lab yet", { remedy: "Run `npm run lab:up` first." });
}
