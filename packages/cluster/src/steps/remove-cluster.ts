import type { Lab } from "@k3s-lab/lab";
import { type Step } from "@k3s-lab/steps";
import { forgetStateStep } from "@k3s-lab/stages";

/** The cluster's nodes go with their machines. */
export function removeCluster(lab: Pick<Lab, "state">): readonly Step[] {
  return [forgetStateStep("forget-cluster", "Forget cluster", lab, ["kubeconfig", "secrets", "cluster"])];
}
