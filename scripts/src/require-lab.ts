import type { Lab } from "@k3s-lab/lab";
import { machinesRecord } from "@k3s-lab/machines/record";
import { Problem } from "@k3s-lab/problem";

/** Refuses to go on where there is no lab to work on. */
export function requireLab(lab: Lab): void {
  if (lab.state.read(machinesRecord) === undefined) throw noLab(lab);
}

/** Tells a lab that an interrupted `lab:up` has begun from one that was never made. */
export function noLab({ state }: Pick<Lab, "state">): Problem {
  if (!state.exists("hostNetwork")) {
    return new Problem("LAB-CLI-003", state.dir, "there is no lab yet", { remedy: "Run `npm run lab:up` first." });
  }
  return new Problem("LAB-CLI-003", state.dir, "a lab was begun here, and is not complete yet", {
    remedy: "Run `npm run lab:up`, which continues, or `npm run lab:down`, which removes what there is.",
  });
}
