import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "@k3s-lab/problem";
import { type Work, type Step, step } from "@k3s-lab/steps";
import type { ClusterObjects } from "./cluster-objects.js";
import type { KubeApi } from "./kube-api.js";
import { type KubeObject, nameOf } from "./kube-object.js";
import { names } from "./names.js";
import type { Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import { isRolledOut, type Waiting, waitingFor } from "./rollout.js";
import type { Nodes } from "./world.js";

/** How long to wait, in milliseconds; longer for slow nodes. */
const deadlines = { rollout: 180_000, stuck: 40_000, reachable: 60_000 };
const lookEvery = { pods: 100, address: 50 };

export interface ServeWorld {
  readonly api: KubeApi;
  readonly nodes: Pick<Nodes, "timeoutFactor">;
}

/** Waits until the registry that was asked for, and no older one, answers where the nodes and the host will ask. */
export function serveStep(
  registry: Registry,
  [deployment, service]: readonly [KubeObject, KubeObject],
  objects: ClusterObjects,
  { api, nodes }: ServeWorld,
): Step {
  return step<boolean>({
    id: "wait-for-the-registry",
    title: "Wait for the registry",
    observe: async ({ signal }) => {
      if (!isRolledOut((await objects.seen(signal)).get(nameOf(deployment)))) return false;
      return serves(registry.endpoint, signal);
    },
    plan: (done) =>
      done
        ? []
        : [
            {
              sentence: `${registry.node}: wait until ${registry.endpoint}/v2/ answers`,
              run: async (context) => {
                await rolledOut(registry, deployment, api, nodes.timeoutFactor, context);
                objects.forget();
                await reachable(registry, service, api, nodes.timeoutFactor, context);
              },
            },
          ],
  });
}

/** A pod that has been stuck for long is given up before the deadline, with what it says itself. */
async function rolledOut(
  registry: Registry,
  deployment: KubeObject,
  api: KubeApi,
  timeoutFactor: number,
  { signal, progress }: Work,
): Promise<void> {
  const started = performance.now();
  let stuckSince: number | undefined;
  let said = "";
  for (;;) {
    const { done, waiting, silence } = await look(deployment, api, signal);
    if (done) return;
    const what = silence ?? waiting?.what ?? "its pod is not ready yet";
    if (waiting !== undefined && what !== said) progress(`${names.registry}: ${(said = what)}`);
    const now = performance.now();
    stuckSince = waiting?.stuck ? (stuckSince ?? now) : undefined;
    const isStuck = stuckSince !== undefined && now - stuckSince > deadlines.stuck * timeoutFactor;
    if (isStuck || now - started > deadlines.rollout * timeoutFactor) throw doesNotRun(registry, what);
    await delay(lookEvery.pods, undefined, { signal });
  }
}

interface Look {
  readonly done: boolean;
  readonly waiting?: Waiting | undefined;
  /** Why the API said nothing: it may be about to start. */
  readonly silence?: string;
}

async function look(deployment: KubeObject, api: KubeApi, signal: AbortSignal): Promise<Look> {
  try {
    if (isRolledOut(await api.get(deployment, signal))) return { done: true };
    return { done: false, waiting: waitingFor(await api.pods(names.namespace, `app=${names.registry}`, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    return { done: false, silence: error instanceof Error ? error.message : String(error) };
  }
}

function doesNotRun(registry: Registry, what: string): Problem {
  const pod = `${names.namespace} -l app=${names.registry}`;
  return new Problem("LAB-REG-009", `${registry.node}: ${names.registry}`, `does not run: ${what}`, {
    remedy: /ErrImage|ImagePull|InvalidImage/.test(what)
      ? "Set registry.image in lab.yaml to an image that the node can pull, or that K3s' image archives hold."
      : `See \`npm run kubectl -- describe pod -n ${pod}\`.`,
  });
}

/** The nodes take a moment to route the Service's port to the pod. */
async function reachable(
  registry: Registry,
  service: KubeObject,
  api: KubeApi,
  timeoutFactor: number,
  { signal }: Work,
) {
  const until = performance.now() + deadlines.reachable * timeoutFactor;
  while (!(await serves(registry.endpoint, signal))) {
    if (performance.now() > until) throw unreachable(registry, await api.get(service, signal));
    await delay(lookEvery.address, undefined, { signal });
  }
}

function unreachable(registry: Registry, service: KubeObject | undefined): Problem {
  const status = service?.status as { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } } | undefined;
  const hasAddress = (status?.loadBalancer?.ingress ?? []).length > 0;
  return new Problem(
    "LAB-REG-010",
    registry.name,
    `its pod runs, but nothing answers at ${registry.endpoint}/v2/ from this host`,
    {
      remedy: hasAddress
        ? "Look for a firewall between this host and the node."
        : "The Service has no address: is its port taken by another Service? Set registry.port in lab.yaml to a free one.",
    },
  );
}
