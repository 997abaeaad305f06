import { existsSync } from "node:fs";
import type { Lab, LabFile } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";

/** What the cluster has left in `.lab/`; the nodes go with their machines. */
const files = ["kubeconfig", "secrets", "cluster"] as const satisfies readonly LabFile[];

export function removeCluster({ state }: Pick<Lab, "state">): readonly Step[] {
  return [
    step<readonly LabFile[]>({
      title: "Forget cluster",
      observe: async () => files.filter((file) => existsSync(state.path(file))),
      plan: (there) =>
        there.map((file) => ({ sentence: `remove ${state.path(file)}`, run: async () => state.remove(file) })),
    }),
  ];
}
