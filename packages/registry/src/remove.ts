import { existsSync } from "node:fs";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { entriesStep } from "./hosts.js";
import type { World } from "./world.js";

/** What this package has left on the host; the cluster's objects go with their machines. */
export function removeRegistry(lab: Pick<Lab, "id" | "state">, files: World["hosts"] = {}): readonly Step[] {
  return [entriesStep("Remove the server's name from the host", lab.id, [], files), forgetStep(lab)];
}

function forgetStep({ state }: Pick<Lab, "state">): Step {
  const path = state.path("registry");
  return step<boolean>({
    title: "Forget the registry",
    observe: async () => existsSync(path),
    plan: (isThere) => (isThere ? [{ sentence: `remove ${path}`, run: async () => state.remove("registry") }] : []),
  });
}
