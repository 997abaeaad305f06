import type { Lab } from "@k3s-lab/lab";
import { readMachines } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";

/** Refuses to go on where there is no lab to work on. */
export function requireLab(lab: Lab): void {
  if (readMachines(lab) === undefined) throw noLab(lab);
}

export function noLab(lab: Lab): Problem {
  return new Problem("LAB-CLI-003", lab.state.dir, "there is no lab yet", { remedy: "Run `npm run lab:up` first." });
}
