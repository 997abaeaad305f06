import { type Step, step } from "@k3s-lab/steps";
import { isCordonedByLab, uncordon } from "../drain.js";
import type { ClusterSeen, Kube } from "../kube.js";
import { nothingSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import { movedFrom } from "../upgrade/moved-workloads.js";
import { needsUpgrade } from "./install.js";

/** Nodes that a run has cordoned and not come to uncordon: it was killed, or lab.yaml has the node again. */
export function uncordonNodesStep(nodes: Pick<Nodes, "machines" | "desired">, kube: Pick<Kube, "see">): Step {
  return step<ClusterSeen>({
    id: "uncordon-nodes",
    title: "Uncordon nodes",
    parallel: true,
    observe: (facts) => kube.see(facts),
    plan: ({ nodes: all, api, objects }) =>
      nodes.machines.flatMap(({ name }) => {
        const object = objects?.get(name);
        if (api === undefined || object === undefined || !isCordonedByLab(object)) return [];
        // What is to be upgraded is uncordoned after that.
        if (needsUpgrade(all.get(name) ?? nothingSeen, nodes.desired(name).cluster)) return [];
        // An upgrade that was killed is finished by a step of its own.
        if (movedFrom(object) !== undefined) return [];
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
