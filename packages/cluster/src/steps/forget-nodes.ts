import { type Api, type KubeNode, nodePath, type Pod, podPath, podsOn } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Action, type Facts, type Step, step, until } from "@k3s-lab/steps";
import { labLabel } from "../config/k3s-config.js";
import type { Kube } from "../kube.js";
import type { Nodes } from "../node/nodes.js";

/** Milliseconds. */
const [pause, patience] = [200, 60_000];

interface Seen {
  /** Undefined where it does not answer: then there is nothing that it could forget. */
  readonly api: Api | undefined;
  readonly objects: readonly KubeNode[];
  /** Nodes whose machine was made again: K3s would refuse it for the password of the one before. */
  readonly replaced: readonly string[];
}

/** Takes nodes out of the cluster that no machine stands behind, before others join. `leaving`: what is drained and taken out before. */
export function forgetNodesStep(
  labId: string,
  nodes: Nodes,
  kube: Kube,
  leaving: (facts: Facts) => Promise<readonly string[]>,
): Step {
  return step<Seen>({
    id: "forget-nodes",
    title: "Forget nodes",
    observe: async (facts) => {
      const [{ nodes: all, api, objects }, drained] = await Promise.all([kube.see(facts), leaving(facts)]);
      if (objects === undefined || api === undefined) return { api: undefined, objects: [], replaced: [] };
      // Only nodes without a password of their own have never joined; nothing need be asked for the others.
      const fresh = nodes.machines.filter(({ name }) => all.get(name)?.hasPassword === false);
      const known = await Promise.all(fresh.map(({ name }) => api.find(passwordPath(name), facts.signal)));
      const replaced = fresh.filter((_, index) => known[index] !== undefined).map(({ name }) => name);
      const staying = [...objects.values()].filter(({ metadata }) => !drained.includes(metadata.name));
      return { api, objects: staying, replaced };
    },
    plan: ({ api, objects, replaced }) => {
      if (api === undefined) return [];
      const desired = new Set(nodes.machines.map(({ name }) => name));
      // A machine that was joined by hand is not managed by k3s-lab.
      const own = objects.filter(({ metadata }) => metadata.labels?.[labLabel] === labId);
      const gone = own.filter(({ metadata }) => !desired.has(metadata.name));
      return [
        ...gone.map(({ metadata: { name } }) =>
          forget(api, name, `${name}: take the node out of the cluster, because the lab has it no longer`, true),
        ),
        ...replaced.map((name) =>
          forget(api, name, `${name}: delete the node and password of the machine before`, false),
        ),
      ];
    },
  });
}

function passwordPath(node: string): string {
  return `/api/v1/namespaces/kube-system/secrets/${node}.node-password.k3s`;
}

function forget(api: Api, name: string, sentence: string, withPods: boolean): Action {
  return {
    on: name,
    kind: "remove",
    ...(withPods && { interrupts: `${name}'s pods, which are made again elsewhere` }),
    sentence,
    run: ({ signal }) => forgetNode(api, name, withPods, signal),
  };
}

/** Deletes a Node object, and the password that its machine has joined with; with its pods, if these are to run elsewhere. */
export async function forgetNode(api: Api, name: string, withPods: boolean, signal: AbortSignal): Promise<void> {
  await api.delete(nodePath(name), signal);
  // Of a server, it is there until K3s has taken it out of etcd, too.
  await until({
    every: pause,
    within: patience,
    signal,
    look: async () =>
      (await api.find(nodePath(name), signal)) === undefined ? { value: true } : { reason: "its node is still there" },
    late: (reason) => new Problem("LAB-K3S-020", name, `was deleted, but ${reason} after ${patience / 1000} s`),
  });
  await api.delete(passwordPath(name), signal);
  if (withPods) await deletePodsOn(api, name, signal);
}

/**
 * Deletes the pods of a node that is gone, or was. Kubernetes itself would wait for minutes before it puts them on another
 * node; and a node that is registered again has another pod CIDR, in which those that it had are reached by nobody.
 */
export async function deletePodsOn(api: Api, node: string, signal: AbortSignal): Promise<void> {
  const pods = await api.list<Pod>(podsOn(node), signal);
  await Promise.all(pods.map((pod) => api.delete(`${podPath(pod)}?gracePeriodSeconds=0`, signal)));
}
