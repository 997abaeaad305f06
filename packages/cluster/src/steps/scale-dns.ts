import { type Api, type Deployment, dnsDeployment, dnsPodsPath, isPodReady, pathOf, type Pod } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Look, type Step, step, until } from "@k3s-lab/steps";
import type { ClusterSeen, Kube } from "../kube.js";
import type { Nodes } from "../node/nodes.js";
import { readCluster } from "../record.js";

/** Milliseconds. */
const timeout = 120_000;
const pause = 200;

/** How many pods of CoreDNS a cluster of several servers has. */
const replicas = 2;

interface Seen extends Pick<ClusterSeen, "api" | "objects"> {
  readonly deployment: Deployment | undefined;
  /** Whether the lab was made before: a cluster that does not answer may have them. */
  readonly isMade: boolean;
}

/**
 * CoreDNS on two of several servers: pods find names while one of them is dead. K3s applies its manifest without a number of
 * replicas, so that this one stays, and has each of them on another node.
 */
export function scaleDnsStep(lab: Pick<Lab, "state">, nodes: Nodes, kube: Kube): Step {
  return step<Seen>({
    id: "scale-dns",
    title: "Scale CoreDNS",
    observe: async (facts) => {
      const { api, objects } = await kube.see(facts);
      const answering = objects === undefined ? undefined : api;
      const deployment = await facts.get("CoreDNS' Deployment", ({ signal }) => find(answering, signal));
      return { api, objects, deployment, isMade: readCluster(lab) !== undefined };
    },
    plan: ({ api, objects, deployment, isMade }) => {
      if ((deployment?.spec?.replicas ?? 1) >= replicas) return [];
      return [
        {
          on: "cluster",
          kind: "change",
          sentence: `cluster: run CoreDNS on ${replicas} servers`,
          ...(isMade && objects === undefined && { provided: "if it does not yet" }),
          run: async ({ signal }) => {
            if (api === undefined) {
              throw new Problem("LAB-K3S-006", kube.server, "runs K3s, but its API does not answer");
            }
            await scale(api, nodes.within(timeout), signal);
          },
        },
      ];
    },
  });
}

async function find(api: Pick<Api, "find"> | undefined, signal: AbortSignal): Promise<Deployment | undefined> {
  try {
    return await api?.find<Deployment>(pathOf(dnsDeployment), signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Waits for K3s to have applied it, scales it, and waits until it answers on different nodes. */
async function scale(api: Pick<Api, "list" | "find" | "patch">, within: number, signal: AbortSignal): Promise<void> {
  const look = async (): Promise<Look<true>> => {
    const deployment = await find(api, signal);
    if (deployment === undefined) return { reason: "K3s has not applied its manifest" };
    if ((deployment.spec?.replicas ?? 1) < replicas) {
      await api.patch(pathOf(dnsDeployment), { spec: { replicas } }, { signal });
    }
    const ready = (await api.list<Pod>(dnsPodsPath, signal)).filter(isPodReady);
    const count = new Set(ready.map(({ spec }) => spec?.nodeName)).size;
    return count >= replicas ? { value: true } : { reason: `it is Ready on ${count} of ${replicas} servers` };
  };
  await until({
    every: pause,
    within,
    signal,
    look: () =>
      look().catch((error: unknown) => {
        signal.throwIfAborted();
        if (error instanceof Problem) return { reason: error.what };
        throw error;
      }),
    late: (reason) =>
      new Problem("LAB-K3S-008", "CoreDNS", `is not Ready after ${within / 1000} s: ${reason}`, {
        remedy: "See why: npm run kubectl -- -n kube-system describe pods -l k8s-app=kube-dns",
      }),
  });
}
