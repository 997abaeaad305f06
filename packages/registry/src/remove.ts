import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { forgetStateStep } from "@k3s-lab/stages";
import { entriesStep } from "./hosts.js";
import type { World } from "./world.js";

/** Removes what this package has left on the host; the cluster's objects go with their machines. */
export function removeRegistry(lab: Pick<Lab, "id" | "state">, files: World["hosts"] = {}): readonly Step[] {
  return [
    entriesStep("remove-hosts-entry", "Remove the server's name from the host", lab.id, [], files),
    forgetStateStep("forget-registry", "Forget the registry", lab, ["registry"]),
  ];
}
