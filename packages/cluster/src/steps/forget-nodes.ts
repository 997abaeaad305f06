import { type Action, type Step, step } from "@k3s-lab/steps";
import { type Api, type KubeNode, nodePath, type Pod, podPath, podsOn } from "@k3s-lab/kube";
import { labLabel } from "../config/k3s-config.js";
import type { Kube } from "../kube.js";
import type { Nodes } from "../node/nodes.js";

interface Seen {
  readonly objects: readonly KubeNode[];
  /** Nodes whose machine was made anew: K3s would refuse it for the password of the one before. */
  readonly replaced: readonly string[];
}

/** Takes out of the cluster what no machine stands behind, before agents join. */
export function forgetNodesStep(labId: string, nodes: Nodes, kube: Kube): Step {
  return step<Seen>({
    id: "forget-nodes",
    title: "Forget nodes",
    observe: async ({ signal }) => {
      const objects = await kube.nodeObjects(signal);
      const api = await kube.api(signal);
      if (objects === undefined || api === undefined) return { objects: [], replaced: [] };
      return { objects: [...objects.values()], replaced: await replacedMachines(nodes, api, signal) };
    },
    plan: ({ objects, replaced }) => {
      const wanted = new Set(nodes.machines.map(({ name }) => name));
      const gone = objects.filter((node) => isOfLab(node, labId) && !wanted.has(node.metadata.name));
      return [
        ...gone.map(({ metadata: { name } }) =>
          forget(kube, name, `${name}: take the node out of the cluster, because the lab has it no longer`, true),
        ),
        ...replaced.map((name) =>
          forget(kube, name, `${name}: delete the node and password of the machine before`, false),
        ),
      ];
    },
  });
}

/** Somebody may have joined a machine of their own: that is none of ours. */
function isOfLab({ metadata }: KubeNode, labId: string): boolean {
  return metadata.labels?.[labLabel] === labId;
}

/** Asked only of agents without a password of their own: those that have never joined. */
async function replacedMachines(nodes: Nodes, api: Api, signal: AbortSignal): Promise<readonly string[]> {
  const seen = await nodes.seeAll(signal);
  const fresh = nodes.machines.filter(({ name, role }) => role === "agent" && seen.get(name)?.hasPassword === false);
  const known = await Promise.all(fresh.map(({ name }) => api.find(passwordPath(name), signal)));
  return fresh.filter((_, index) => known[index] !== undefined).map(({ name }) => name);
}

const passwordPath = (node: string): string => `/api/v1/namespaces/kube-system/secrets/${node}.node-password.k3s`;

function forget(kube: Kube, name: string, sentence: string, withPods: boolean): Action {
  return {
    sentence,
    run: async ({ signal }) => {
      const api = await kube.api(signal);
      if (api === undefined) return;
      await api.delete(nodePath(name), signal);
      await api.delete(passwordPath(name), signal);
      // Kubernetes itself would wait for minutes before it puts them on another node.
      if (withPods) await deletePods(api, name, signal);
      kube.forget();
    },
  };
}

async function deletePods(api: Api, node: string, signal: AbortSignal): Promise<void> {
  const pods = await api.list<Pod>(podsOn(node), signal);
  await Promise.all(pods.map((pod) => api.delete(`${podPath(pod)}?gracePeriodSeconds=0`, signal)));
}
