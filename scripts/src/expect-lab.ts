import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { readMachines } from "@k3s-lab/machines";

/** For commands that work on a lab which must be there. */
export function expectLab(lab: Lab): void {
  if (readMachines(lab) === undefined) throw noLab(lab);
}

export function noLab(lab: Lab): Problem {
  return new Problem("LAB-CLI-003", lab.state.dir, "there is no lab yet", { remedy: "Run `npm run lab:up` first." });
}
