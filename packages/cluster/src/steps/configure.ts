import type { Step } from "@k3s-lab/steps";
import { configFiles } from "../config/node-files.js";
import { type Nodes, perNode } from "../node/nodes.js";
import { writeFiles, wrongFiles } from "../node/write-files.js";

/** Configuration, registries, unit and scripts on every machine, before K3s starts there. */
export function configureStep(nodes: Nodes): Step {
  return perNode(nodes, {
    id: "configure-k3s",
    title: "Configure K3s",
    plan(name, seen) {
      const wrong = wrongFiles(configFiles(nodes.desired(name)), seen);
      if (wrong.length === 0) return undefined;
      return {
        sentence: `${name}: write ${wrong.map(({ path }) => path.replace(/.*\//, "")).join(", ")}`,
        run: ({ signal }) => writeFiles(nodes.driver, name, wrong, signal),
      };
    },
  });
}
