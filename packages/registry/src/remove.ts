import type { Lab } from "@k3s-lab/lab";
import { forgetStateStep, type Step } from "@k3s-lab/steps";
import { entriesStep } from "./hosts.js";
import type { World } from "./world.js";

/** What this package has left on the host; the cluster's objects go with their machines. */
export function removeRegistry(lab: Pick<Lab, "id" | "state">, files: World["hosts"] = {}): readonly Step[] {
  return [
    entriesStep("Remove the server's name from the host", lab.id, [], files),
    forgetStateStep("Forget the registry", lab, ["registry"]),
  ];
}
