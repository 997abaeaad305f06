import type { Lab } from "@k3s-lab/lab";
import { forgetStateStep, type Step } from "@k3s-lab/steps";

/** The cluster's nodes go with their machines. */
export function removeCluster(lab: Pick<Lab, "state">): readonly Step[] {
  return [forgetStateStep("Forget cluster", lab, ["kubeconfig", "secrets", "cluster"])];
}
