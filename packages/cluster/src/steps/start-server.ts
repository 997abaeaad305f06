import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { serverTokenFiles } from "../config/node-files.js";
import type { Kube } from "../kube.js";
import type { NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import { readSecrets } from "../secrets.js";
import { doesNotRun, startService, whyStart } from "./start-service.js";

const answerTimeout = 60_000;
/** A refused connection says nothing of when the next one will be taken. */
const pause = 100;

interface Seen extends NodeSeen {
  readonly isMissing: boolean;
}

/** K3s on the server, whose API the agents join. It is restarted only when what it was started with has changed. */
export function startServerStep(lab: Lab, nodes: Nodes, kube: Kube, server: string): Step {
  const tokens = () => {
    const secrets = readSecrets(lab);
    return secrets === undefined ? [] : serverTokenFiles(secrets);
  };
  return step<Seen>({
    id: "start-the-server",
    title: "Start the server",
    observe: async ({ signal }) => ({
      ...(await nodes.see(server, signal)),
      isMissing: await kube.isMissing(server, signal),
    }),
    plan: (seen) => {
      const why = whyStart(nodes, server, seen, tokens()) ?? (seen.isMissing ? "its node was deleted" : undefined);
      if (why === undefined) return [];
      return [
        {
          sentence: seen.isActive ? `${server}: restart K3s, because ${why}` : `${server}: start the K3s server`,
          run: async ({ signal }) => {
            await kube.expectNews(server, signal);
            try {
              // A kubelet registers its node once, when it starts.
              await startService(nodes, server, tokens(), { restart: seen.isMissing, signal });
            } finally {
              nodes.forget(server);
              kube.forget();
            }
            await untilApiAnswers(nodes, kube, server, signal);
          },
        },
      ];
    },
  });
}

/** The service says when it is ready; that the host reaches it, too, only a request can show. */
async function untilApiAnswers(nodes: Nodes, kube: Kube, server: string, signal: AbortSignal): Promise<void> {
  const patience = nodes.within(answerTimeout);
  const late = AbortSignal.timeout(patience);
  while (!late.aborted) {
    if (await (await kube.api(signal))?.isReady(signal)) return;
    await sleep(pause, undefined, { signal });
  }
  throw await doesNotRun(nodes, server, `K3s runs, but its API has not answered the host for ${patience / 1000} s`);
}
