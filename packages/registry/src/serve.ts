import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "@k3s-lab/lab";
import { type ActionContext, type Step, step } from "@k3s-lab/steps";
import type { ClusterObjects, Kubectl } from "./cluster-objects.js";
import { type KubeObject, nameOf, parseObjects } from "./kube-object.js";
import { names } from "./names.js";
import type { Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import { isRolledOut, waitingFor } from "./rollout.js";

/** How long to wait, in milliseconds. */
const deadlines = { rollout: 180_000, stuck: 40_000, reachable: 60_000 };
const lookEvery = { pods: 2_000, address: 50 };

/** Waits until the registry that was asked for, and no older one, answers where the nodes and the host will ask. */
export function serveStep(
  registry: Registry,
  [deployment, service]: readonly [KubeObject, KubeObject],
  objects: ClusterObjects,
  kubectl: Kubectl,
): Step {
  return step<boolean>({
    title: "Wait for the registry",
    observe: async (signal) => {
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
                await rolledOut(registry, kubectl, context);
                objects.forget();
                await reachable(registry, service, objects, context);
              },
            },
          ],
  });
}

/** kubectl watches the Deployment; beside it we look at what its pod waits for. */
async function rolledOut(registry: Registry, kubectl: Kubectl, { signal, progress }: ActionContext): Promise<void> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const args = ["rollout", "status", `deployment/${names.registry}`, `--namespace=${names.namespace}`];
  const rollout = kubectl(args, { signal: either, timeout: deadlines.rollout });
  try {
    await Promise.race([rollout, refuseStuckPod(kubectl, either, progress)]);
  } catch (cause) {
    signal.throwIfAborted();
    const waiting = await podWaits(kubectl, signal);
    const what = waiting?.what ?? (cause instanceof Problem ? cause.what : String(cause));
    throw new Problem(`${registry.node}: ${names.registry}`, `does not run: ${what}`, {
      remedy: `See \`npm run kubectl -- describe pod -n ${names.namespace} -l app=${names.registry}\`.`,
      cause,
    });
  } finally {
    ended.abort();
    await rollout.catch(() => {});
  }
}

/** Never resolves; throws when the pod has been stuck for long enough that waiting on makes no sense. */
async function refuseStuckPod(kubectl: Kubectl, signal: AbortSignal, progress: (message: string) => void) {
  let stuckSince: number | undefined;
  let said = "";
  for (;;) {
    await delay(lookEvery.pods, undefined, { signal }).catch(() => new Promise<never>(() => {}));
    const waiting = await podWaits(kubectl, signal);
    if (waiting !== undefined && waiting.what !== said) progress(`${names.registry}: ${(said = waiting.what)}`);
    stuckSince = waiting?.stuck ? (stuckSince ?? performance.now()) : undefined;
    if (stuckSince !== undefined && performance.now() - stuckSince > deadlines.stuck) throw new Error(said);
  }
}

async function podWaits(kubectl: Kubectl, signal: AbortSignal) {
  const args = ["get", "pods", `--namespace=${names.namespace}`, `--selector=app=${names.registry}`, "--output=json"];
  const answer = await kubectl(args, { signal, timeout: 10_000 }).catch(() => undefined);
  return answer === undefined ? undefined : waitingFor(parseObjects(answer.stdout));
}

/** The nodes take a moment to route the Service's port to the pod. */
async function reachable(registry: Registry, service: KubeObject, objects: ClusterObjects, { signal }: ActionContext) {
  const until = performance.now() + deadlines.reachable;
  while (!(await serves(registry.endpoint, signal))) {
    if (performance.now() > until) throw await unreachable(registry, service, objects, signal);
    await delay(lookEvery.address, undefined, { signal });
  }
}

async function unreachable(registry: Registry, service: KubeObject, objects: ClusterObjects, signal: AbortSignal) {
  objects.forget();
  const seen = (await objects.seen(signal)).get(nameOf(service));
  const status = seen?.status as { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } } | undefined;
  const hasAddress = (status?.loadBalancer?.ingress ?? []).length > 0;
  return new Problem(registry.name, `its pod runs, but nothing answers at ${registry.endpoint}/v2/ from this host`, {
    remedy: hasAddress
      ? "Look for a firewall between this host and the node."
      : "The Service has no address: is its port taken by another Service? Set registry.port in lab.yaml to a free one.",
  });
}
