import { type Step, step } from "@k3s-lab/steps";
import type { ClusterObjects } from "./cluster-objects.js";
import { type KubeObject, nameOf } from "./kube-object.js";

/** Makes the cluster's objects what they should be; all in one apply, so that none waits for another. */
export function applyStep(
  id: string,
  title: string,
  objects: ClusterObjects,
  wanted: readonly KubeObject[],
  server: string,
): Step {
  return step<readonly KubeObject[]>({
    id,
    title,
    observe: ({ signal }) => objects.lacking(wanted, signal),
    plan: (lacking) =>
      lacking.length === 0
        ? []
        : [
            {
              sentence: `${server}: apply ${lacking.map(nameOf).join(", ")}`,
              run: ({ signal }) => objects.apply(lacking, signal),
            },
          ],
  });
}
