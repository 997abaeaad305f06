import { createHash } from "node:crypto";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { configFiles } from "../config/node-files.js";
import type { NodeSeen } from "../node/node-seen.js";
import { hasFile, type Nodes } from "../node/nodes.js";
import { type NodeFile, writeScript } from "../node/write-files.js";

/** Configuration, registries, unit and scripts on every machine, before K3s starts there. */
export function configureStep(nodes: Nodes): Step {
  return step<ReadonlyMap<string, NodeSeen>>({
    id: "configure-k3s",
    title: "Configure K3s",
    parallel: true,
    observe: ({ signal }) => nodes.seeAll(signal),
    plan: (seen) =>
      [...seen].flatMap(([name, node]) => {
        const wrong = wrongFiles(configFiles(nodes.wish(name)), node);
        return wrong.length === 0 ? [] : [configure(nodes, name, wrong)];
      }),
  });
}

export function wrongFiles(files: readonly NodeFile[], seen: NodeSeen): readonly NodeFile[] {
  return files.filter((file) => !hasFile(seen, file, sha256(file.content)));
}

function configure(nodes: Nodes, name: string, files: readonly NodeFile[]): Action {
  return {
    sentence: `${name}: write ${files.map(({ path }) => path.replace(/.*\//, "")).join(", ")}`,
    run: async ({ signal }) => {
      await writeFiles(nodes, name, files, signal);
      nodes.forget(name);
    },
  };
}

export async function writeFiles(
  { driver }: Nodes,
  name: string,
  files: readonly NodeFile[],
  signal: AbortSignal,
): Promise<void> {
  // Not in its arguments: there may be secrets in them.
  await driver.exec(name, ["sh"], { input: writeScript(files), signal });
}

export const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");
