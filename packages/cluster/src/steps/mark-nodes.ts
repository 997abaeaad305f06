import { existsSync, readFileSync } from "node:fs";
import { type Api, type KubeNode, nodePath, nodesPath, openApiOf } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";

/** Milliseconds. A server that does not answer is stopped all the same. */
const answerTimeout = 5_000;

type Marking = Pick<Api, "list" | "patch">;

/**
 * Tells the cluster that its nodes are going to stand still, as nobody will when the server has stopped, too. A kubelet that starts
 * and finds itself called Ready takes its first report for the last: where that says that it is not yet Ready, the next one comes ten
 * seconds later. Called not Ready, it looks ten times a second, and reports at once when it is.
 */
export function markNodesStep(
  lab: Pick<Lab, "state">,
  timeoutFactor: number,
  open: () => Marking | undefined = () => openOf(lab, timeoutFactor),
): Step {
  return step<{ readonly api: Marking | undefined; readonly ready: readonly KubeNode[] }>({
    id: "mark-nodes",
    title: "Mark nodes as standing still",
    observe: async ({ signal }) => {
      const api = open();
      const nodes = await nodesOf(api, AbortSignal.any([signal, AbortSignal.timeout(answerTimeout * timeoutFactor)]));
      return { api, ready: nodes.filter((node) => readyOf(node)?.status === "True") };
    },
    plan: ({ api, ready }) => {
      if (api === undefined || ready.length === 0) return [];
      return [
        {
          on: "cluster",
          kind: "change",
          sentence: `cluster: note that ${ready.map(({ metadata }) => metadata.name).join(", ")} will stand still`,
          // The server's own kubelet goes on reporting until it is stopped.
          unobservable: true,
          run: async ({ signal }) => {
            // Whatever comes in between, the nodes are stopped: they are Ready a little later then.
            await Promise.allSettled(ready.map((node) => mark(api, node, signal)));
          },
        },
      ];
    },
  });
}

function openOf({ state }: Pick<Lab, "state">, timeoutFactor: number): Marking | undefined {
  const file = state.path("kubeconfig");
  if (!existsSync(file)) return undefined;
  try {
    return openApiOf(readFileSync(file, "utf8"), file, timeoutFactor);
  } catch {
    return undefined;
  }
}

async function nodesOf(api: Marking | undefined, signal: AbortSignal): Promise<readonly KubeNode[]> {
  try {
    return (await api?.list<KubeNode>(nodesPath, signal)) ?? [];
  } catch {
    return [];
  }
}

async function mark(api: Marking, node: KubeNode, signal: AbortSignal): Promise<void> {
  const { metadata, status: { conditions = [] } = {} } = node;
  const marked = {
    ...readyOf(node),
    status: "Unknown",
    reason: "LabStopped",
    message: "k3s-lab has stopped the node.",
    lastTransitionTime: new Date().toISOString(),
  };
  const others = conditions.filter(({ type }) => type !== "Ready");
  await api.patch(`${nodePath(metadata.name)}/status`, { status: { conditions: [...others, marked] } }, { signal });
}

function readyOf({ status }: KubeNode) {
  return status?.conditions?.find(({ type }) => type === "Ready");
}
