import { nodeGuardFiles, nodeGuardStartScript } from "@k3s-lab/guard";
import type { Step } from "@k3s-lab/steps";
import { managerOf } from "../config/service.js";
import { type Nodes, perNode } from "../node/nodes.js";
import { writeFiles, wrongFiles } from "../node/write-files.js";
import { execOnceUp } from "./start-service.js";

/** The node guard on every machine, from before K3s starts there; see the guard's own README. */
export function guardNodesStep(nodes: Nodes): Step {
  return perNode(nodes, {
    id: "guard-nodes",
    title: "Guard nodes",
    plan(name, seen) {
      const { cluster, machine } = nodes.desired(name);
      const manager = managerOf(machine).name;
      const wrong = wrongFiles(nodeGuardFiles(cluster, manager), seen);
      const isRight = wrong.length === 0 && seen.guard?.faults.length === 0;
      if (isRight && seen.startsByItself !== true) return undefined;
      return {
        on: name,
        kind: "change",
        // Of a machine that will be restarted: its guard starts with it, and is looked at while it may still be starting.
        ...(isRight && { provided: "if its guard does not start with its machine" }),
        sentence: `${name}: guard the node`,
        run: async ({ signal }) => {
          if (wrong.length > 0) await writeFiles(nodes.driver, name, wrong, signal);
          await execOnceUp(nodes, name, nodeGuardStartScript(manager), signal);
        },
      };
    },
  });
}
