import { type Api, ApiRefused, type KubeNode, nodePath } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Action, type Look, type Step, step, until, type Work } from "@k3s-lab/steps";
import type { ClusterSeen, Kube } from "../kube.js";
import { labelsChange, type NodeSettings, settingsOf, type SettingsChange, taintsChange } from "../node-settings.js";
import type { Nodes } from "../node/nodes.js";
import { readCluster } from "../record.js";

/** Milliseconds. Others write a Node object rarely: at the next try it is as it was seen. */
const pause = 100;
const patience = 20_000;

interface Seen extends ClusterSeen {
  /** Whether the lab was made before: a cluster that does not answer may have it all. */
  readonly isMade: boolean;
}

/**
 * Gives Node objects the labels and taints of lab.yaml. K3s itself could do so at a node's first registration only; here they
 * follow lab.yaml later, too, and nothing is restarted.
 */
export function labelNodesStep(lab: Pick<Lab, "config" | "state">, nodes: Nodes, kube: Kube): Step {
  const wanted = lab.config.nodes.map((node) => ({ name: node.name, settings: settingsOf(node) }));
  return step<Seen>({
    id: "label-nodes",
    title: "Label nodes",
    parallel: true,
    observe: async (facts) => ({ ...(await kube.see(facts)), isMade: readCluster(lab) !== undefined }),
    plan: (seen) =>
      wanted.flatMap(({ name, settings }) =>
        [labelsChange, taintsChange].flatMap((changeFor) =>
          actionFor(nodes, kube, { name, settings, changeFor }, seen),
        ),
      ),
  });
}

interface Settling {
  readonly name: string;
  readonly settings: NodeSettings;
  readonly changeFor: (settings: NodeSettings, node: KubeNode | undefined) => SettingsChange | undefined;
}

function actionFor(nodes: Nodes, kube: Kube, settling: Settling, seen: Seen): readonly Action[] {
  const { name, settings, changeFor } = settling;
  const object = isReplaced(name, seen) ? undefined : seen.objects?.get(name);
  const change = changeFor(settings, object);
  if (change === undefined) return [];
  return [
    {
      on: name,
      kind: "change",
      // A node that is about to join has no pods yet.
      ...(object !== undefined &&
        change.evicts.length > 0 && { interrupts: `${name}'s pods that do not tolerate ${change.evicts.join(", ")}` }),
      sentence: `${name}: ${change.words}`,
      ...(seen.isMade && seen.objects === undefined && { provided: "if the node does not have it yet" }),
      run: (context) => settle(nodes, kube.server, settling, seen.api, context),
    },
  ];
}

/** Tells whether a Node object is that of the machine before, which is deleted before the new one joins. */
function isReplaced(name: string, { nodes: all }: ClusterSeen): boolean {
  return all.get(name)?.hasPassword === false;
}

/** Changes the object as it is now, again where another has changed it in the same moment. */
async function settle(
  nodes: Nodes,
  server: string,
  { name, settings, changeFor }: Settling,
  api: Api | undefined,
  { signal }: Pick<Work, "signal">,
): Promise<void> {
  if (api === undefined) throw new Problem("LAB-K3S-006", server, "runs K3s, but its API does not answer");
  await until({
    every: pause,
    within: nodes.within(patience),
    signal,
    look: async (): Promise<Look<true>> => {
      const change = changeFor(settings, await api.get<KubeNode>(nodePath(name), signal));
      if (change === undefined) return { value: true };
      try {
        await api.patch(nodePath(name), change.patch, { signal });
        return { value: true };
      } catch (error) {
        if (error instanceof ApiRefused && error.status === 409) return { reason: `${name}: ${error.reason}` };
        throw error;
      }
    },
  });
}
