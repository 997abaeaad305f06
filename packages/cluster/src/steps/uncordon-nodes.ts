import { type Step, step } from "@k3s-lab/steps";
import { isCordonedByLab, uncordon } from "../drain.js";
import type { ClusterSeen, Kube } from "../kube.js";
import type { Nodes } from "../node/nodes.js";

/** Nodes that a run has cordoned and not come to uncordon: it was killed, or lab.yaml has the node again. */
export function uncordonNodesStep(nodes: Pick<Nodes, "machines">, kube: Pick<Kube, "see">): Step {
  return step<ClusterSeen>({
    id: "uncordon-nodes",
    title: "Uncordon nodes",
    parallel: true,
    observe: (facts) => kube.see(facts),
    plan: ({ api, objects }) =>
      nodes.machines.flatMap(({ name }) => {
        const object = objects?.get(name);
        if (api === undefined || object === undefined || !isCordonedByLab(object)) return [];
        return [
          {
            on: name,
            kind: "change",
            sentence: `${name}: let the node take pods again, which k3s-lab had cordoned`,
            run: ({ signal }) => uncordon(api, name, signal),
          },
        ];
      }),
  });
}
