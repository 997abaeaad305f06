import type { Api } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step, until } from "@k3s-lab/steps";
import { readServerTokens } from "../config/node-files.js";
import type { Kube } from "../kube.js";
import { nothingSeen, type NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
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
}

/** K3s on the server, whose API the agents join. It is restarted only when what it was started with has changed. */
export function startServerStep(lab: Lab, nodes: Nodes, kube: Kube): Step {
  const { server } = kube;
  return step<Seen>({
    id: "start-the-server",
    title: "Start the server",
    observe: async (facts) => {
      const { nodes: all, objects } = await kube.see(facts);
      const node = all.get(server) ?? nothingSeen;
      const isOld = (node.age ?? 0) * 1000 > nodes.within(timeouts.registration);
      return {
        node,
        tokens: readServerTokens(lab),
        isDeleted: isOld && objects?.has(server) === false,
      };
    },
    plan: ({ node, tokens, isDeleted }) => {
      const why = whyStart(nodes, server, node, tokens) ?? (isDeleted ? "its node was deleted" : undefined);
      if (why === undefined) return [];
      return [
        {
          sentence: node.isActive ? `${server}: restart K3s, because ${why}` : `${server}: start the K3s server`,
          run: async ({ signal }) => {
            await startService(nodes, server, { seen: node, tokens, restart: isDeleted, signal });
            await untilApiAnswers(nodes, kube, signal);
          },
        },
      ];
    },
  });
}

/** The service manager tells when K3s is ready; that the host reaches its API, too, only a request can show. */
async function untilApiAnswers(nodes: Nodes, kube: Kube, signal: AbortSignal): Promise<void> {
  const within = nodes.within(timeouts.answer);
  let api: Api | undefined;
  await until({
    every: pause,
    within,
    signal,
    look: async () => {
      api ??= kube.openBy(await nodes.look(kube.server, signal));
      return (await api?.isReady(signal)) ? { value: true } : { reason: "the API does not answer" };
    },
    late: () =>
      doesNotRun(nodes, kube.server, `K3s runs, but its API has not answered the host for ${within / 1000} s`),
  });
}
