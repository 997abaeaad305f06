import type { Lab } from "@k3s-lab/lab";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { agentTokenFiles, configFiles, environmentFile, readServerTokens } from "../config/node-files.js";
import { editedFiles, wordEdited } from "../node/edited-files.js";
import type { NodeSeen } from "../node/node-seen.js";
import { joinTokenOf, type Nodes } from "../node/nodes.js";
import { type NodeFile, writeFiles, wrongFiles } from "../node/write-files.js";

interface Seen {
  readonly nodes: ReadonlyMap<string, NodeSeen>;
  readonly serverTokens: readonly NodeFile[];
}

/** Configuration, registries, unit and scripts on every machine, before K3s starts there. */
export function configureStep(lab: Lab, nodes: Nodes): Step {
  return step<Seen>({
    id: "configure-k3s",
    title: "Configure K3s",
    parallel: true,
    observe: async (facts) => ({ nodes: await nodes.seeAll(facts), serverTokens: readServerTokens(lab) }),
    plan: ({ nodes: all, serverTokens }) => {
      const joinToken = joinTokenOf(nodes, all);
      return [...all].flatMap(([name, seen]) => {
        const tokens = nodes.servers.includes(name)
          ? serverTokens
          : joinToken === undefined
            ? []
            : agentTokenFiles(joinToken);
        return planNode(nodes, name, seen, tokens) ?? [];
      });
    },
  });
}

function planNode(nodes: Nodes, name: string, seen: NodeSeen, tokens: readonly NodeFile[]): Action | undefined {
  const desired = nodes.desired(name);
  const wanted = configFiles(desired);
  const edited = editedFiles(desired, seen, environmentFile(desired, tokens).sum);
  // K3s uses an edited file that it has read until it restarts, so the file is replaced and K3s restarted.
  const read = edited.filter(({ isRead }) => isRead).map(({ file }) => file.path);
  const wrong = wrongFiles(wanted, seen).filter(({ path }) => !read.includes(path));
  const obsolete = seen.contributed.filter((path) => wanted.every((file) => file.path !== path));
  if (wrong.length + obsolete.length === 0) return undefined;
  const unread = edited.filter(({ isRead }) => !isRead);
  const what = [
    ...(wrong.length > 0 ? [`write ${namesOf(wrong.map(({ path }) => path))}`] : []),
    ...(obsolete.length > 0 ? [`remove ${namesOf(obsolete)}`] : []),
  ].join(" and ");
  return {
    on: name,
    kind: "change",
    sentence: `${name}: ${what}${unread.length > 0 ? ` (${wordEdited(unread)})` : ""}`,
    run: async ({ signal }) => {
      await writeFiles(nodes.driver, name, wrong, signal);
      if (obsolete.length > 0) await nodes.driver.exec(name, ["rm", "-f", ...obsolete], { signal });
    },
  };
}

function namesOf(paths: readonly string[]): string {
  return paths.map((path) => path.replace(/.*\//, "")).join(", ");
}
