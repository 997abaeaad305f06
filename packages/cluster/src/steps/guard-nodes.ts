import { nodeGuardFiles, nodeGuardStartScript } from "@k3s-lab/guard";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { managerOf } from "../config/service.js";
import type { NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
import { execPatiently } from "./start-service.js";
import { writeFiles, wrongFiles } from "./configure.js";

/** The node guard on every machine, from before K3s starts there; see the guard's own README. */
export function guardNodesStep(nodes: Nodes): Step {
  return step<ReadonlyMap<string, NodeSeen>>({
    id: "guard-nodes",
    title: "Guard nodes",
    parallel: true,
    observe: ({ signal }) => nodes.seeAll(signal),
    plan: (seen) =>
      [...seen].flatMap(([name, node]) => {
        const { cluster, machine } = nodes.wish(name);
        const wrong = wrongFiles(nodeGuardFiles(cluster, managerOf(machine).name), node);
        return wrong.length === 0 && node.guard?.faults.length === 0 ? [] : [guard(nodes, name, wrong)];
      }),
  });
}

function guard(nodes: Nodes, name: string, wrong: readonly NodeFile[]): Action {
  return {
    sentence: `${name}: guard the node`,
    run: async ({ signal }) => {
      if (wrong.length > 0) await writeFiles(nodes, name, wrong, signal);
      await execPatiently(nodes, name, nodeGuardStartScript(managerOf(nodes.wish(name).machine).name), signal);
      nodes.forget(name);
    },
  };
}
