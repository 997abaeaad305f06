import type { Api } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step, until } from "@k3s-lab/steps";
import { readServerTokens } from "../config/node-files.js";
import type { Kube } from "../kube.js";
import { nothingSeen, type NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
import { k3sPaths } from "../paths.js";
import { deletePodsOn } from "./forget-nodes.js";
import { needsUpgrade } from "./install.js";
import { doesNotRun, startService, whyStart } from "./start-service.js";

/** Milliseconds. */
const timeouts = { answer: 60_000, registration: 60_000 };
/** Milliseconds. A refused connection tells nothing of when the next one will be accepted. */
const pause = 100;

interface Seen {
  readonly node: NodeSeen;
  readonly tokens: readonly NodeFile[];
  /** K3s has run for so long that its node was registered, and the API does not know it: another process deleted it. */
  readonly isDeleted: boolean;
  readonly api: Api | undefined;
}

/** K3s on the server, whose API the agents join. It is restarted only when what it was started with has changed. */
export function startServerStep(lab: Lab, nodes: Nodes, kube: Kube): Step {
  const { server } = kube;
  return step<Seen>({
    id: "start-the-server",
    title: "Start the server",
    observe: async (facts) => {
      const { nodes: all, objects, api } = await kube.see(facts);
      const node = all.get(server) ?? nothingSeen;
      // A K3s that this run has started may still be slow to register its node, however long its start has taken.
      const isOld = node.isNew !== true && (node.age ?? 0) * 1000 > nodes.within(timeouts.registration);
      return {
        node,
        tokens: readServerTokens(lab),
        isDeleted: isOld && objects?.has(server) === false,
        api,
      };
    },
    plan: ({ node, tokens, isDeleted, api }) => {
      // What is to be upgraded is started by that.
      if (needsUpgrade(node, nodes.desired(server).cluster)) return [];
      const why = whyStart(nodes, server, node, tokens) ?? (isDeleted ? "its node was deleted" : undefined);
      if (why === undefined) return [];
      const isRestart = node.isActive;
      return [
        {
          on: server,
          kind: node.joinToken === undefined ? "make" : "restart",
          ...(isRestart && { interrupts: "the cluster's API; pods go on" }),
          sentence: isRestart ? `${server}: restart K3s, because ${why}` : `${server}: start the K3s server`,
          run: async ({ signal }) => {
            if (isDeleted && api) await deletePodsOn(api, server, signal);
            const starting = { seen: node, tokens, restart: isDeleted, ask: askKubeconfig, signal };
            const { answer } = await startService(nodes, server, starting);
            await untilApiAnswers(nodes, kube, answer, signal);
          },
        },
      ];
    },
  });
}

/** What startService asks a server for. */
export const askKubeconfig = `cat ${k3sPaths.kubeconfig} 2>/dev/null || true`;

/** The service manager tells when K3s is ready; that the host reaches its API, too, only a request can show. */
export async function untilApiAnswers(nodes: Nodes, kube: Kube, kubeconfig: string, signal: AbortSignal): Promise<Api> {
  const within = nodes.within(timeouts.answer);
  let api = kube.openWith(kubeconfig);
  return until({
    every: pause,
    within,
    signal,
    look: async () => {
      api ??= kube.openBy(await nodes.look(kube.server, signal));
      return api && (await api.isReady(signal)) ? { value: api } : { reason: "the API does not answer" };
    },
    late: () =>
      doesNotRun(nodes, kube.server, `K3s runs, but its API has not answered the host for ${within / 1000} s`),
  });
}
