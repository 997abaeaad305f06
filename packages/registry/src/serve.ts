import {
  areContainersRunning,
  creationFailure,
  creationRemedy,
  creationRetrier,
  type Deployment,
  describeWait,
  isReplaced,
  isRolledOut,
  type KubeObject,
  pathOf,
  type Pod,
  type PodWait,
  waitOf,
} from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Facts, type Look, type Step, step, stopwatch, until, type Work } from "@k3s-lab/steps";
import { type ClusterApi, type ClusterObjects, podsOfRegistry } from "./cluster-objects.js";
import { names } from "./names.js";
import type { Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import type { World } from "./world.js";

/** Milliseconds; longer on slow nodes. */
const timeouts = { rollout: 180_000, stuck: 40_000, reachable: 60_000, led: 20_000 };
const lookEvery = { pods: 100, address: 50 };

/** The cluster, and the nodes whose slowness is borne with. */
type Cluster = Pick<World, "api"> & Pick<WaitingFor, "nodes">;

/** Waits until the registry that was asked for, and not an older one, answers where the nodes and the host will ask. */
export function serveStep(
  registry: Registry,
  [deployment, service]: readonly [KubeObject, KubeObject],
  objects: ClusterObjects,
  { api, nodes }: Cluster,
): Step {
  return step<{ readonly done: boolean; readonly provided: string }>({
    id: "wait-for-the-registry",
    title: "Wait for the registry",
    observe: async (facts) => ({
      // One whose Deployment a plan is about to change serves now, and will be waited for by then.
      done:
        (await objects.lacking([deployment], facts)).length === 0 &&
        (await isServing(registry, deployment, objects, { api, nodes }, facts)),
      provided: (await objects.proviso(facts)) ?? "if it does not answer at once",
    }),
    plan: ({ done, provided }) =>
      done
        ? []
        : [
            {
              on: "registry",
              kind: "check",
              sentence: `${registry.node}: wait until ${registry.endpoint}/v2/ answers`,
              provided,
              run: (work) => untilServing(registry, [deployment, service], { api, nodes }, work),
            },
          ],
  });
}

/** Waits until the registry's pod runs, and answers where the nodes and the host will ask. */
export async function untilServing(
  registry: Registry,
  [deployment, service]: readonly [KubeObject, KubeObject],
  { api, nodes }: Cluster,
  work: Work,
): Promise<void> {
  await rolledOut(deployment, api(), { registry, nodes }, work);
  await reachable(service, api(), { registry, nodes }, work);
}

/**
 * Tells whether it serves. When K3s is restarted its pod goes on, but no Service leads to it until the kubelet has called it
 * ready again: while its containers run it is asked for some seconds before it is said not to serve.
 */
export function isServing(
  registry: Registry,
  deployment: KubeObject,
  objects: ClusterObjects,
  { api, nodes }: Cluster,
  facts: Facts,
): Promise<boolean> {
  const { signal } = facts;
  const answers = () => serves(registry.access, signal);
  return facts.get("registry-serves", async () => {
    // One of other keys answers, too, and does not let this host in.
    if (!(await objects.hasKeysOf(deployment, facts))) return false;
    if ((await objects.isAvailable(deployment, facts)) && (await answers())) return true;
    const served = await onceLed(nodes, signal, async () => {
      const seen = await api().find<KubeObject & Deployment>(pathOf(deployment), signal);
      if (seen === undefined || !isReplaced(seen)) return { value: false };
      if (isRolledOut(seen) && (await answers())) return { value: true };
      const pods = await api().list<Pod>(podsOfRegistry, signal);
      return pods.some(areContainersRunning) ? { reason: "no Service leads to it" } : { value: false };
    });
    return served ?? false;
  });
}

/** Looks for as long as Services may lead nowhere after a restart of K3s; undefined where that was in vain, or there is no cluster. */
export async function onceLed<Value>(
  { timeoutFactor }: Pick<World["nodes"], "timeoutFactor">,
  signal: AbortSignal,
  look: () => Promise<Look<Value>>,
): Promise<Value | undefined> {
  try {
    return await until({ every: lookEvery.pods, within: timeouts.led * timeoutFactor, signal, look });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

interface WaitingFor {
  readonly registry: Registry;
  readonly nodes: Pick<World["nodes"], "timeoutFactor">;
}

/** Waits for the pod of the Deployment's last change. One that is stuck for long is given up before the deadline. */
async function rolledOut(
  deployment: KubeObject,
  api: ClusterApi,
  { registry, nodes: { timeoutFactor } }: WaitingFor,
  { signal, progress }: Work,
): Promise<void> {
  const stuck = stopwatch();
  const retry = creationRetrier(api, deployment);
  let wait: PodWait | undefined;
  let last = "";
  await until({
    every: lookEvery.pods,
    within: timeouts.rollout * timeoutFactor,
    signal,
    late: (reason) => doesNotRun(registry, reason, wait),
    look: async () => {
      const seen = await lookAtRollout(deployment, api, signal);
      if ("value" in seen) return seen;
      wait = seen.wait;
      if (wait !== undefined && seen.reason !== last) progress(`${names.registry}: ${(last = seen.reason)}`);
      const isStuck = wait !== undefined && wait.outlook !== "passing";
      if (stuck(isStuck) > timeouts.stuck * timeoutFactor) {
        throw doesNotRun(registry, seen.reason, wait);
      }
      if (wait?.kind === "creation") await retry(signal);
      return seen;
    },
  });
}

/** `wait` is undefined where nothing is known but that it does not run yet. */
type Rollout = { readonly value: true } | { readonly reason: string; readonly wait?: PodWait | undefined };

async function lookAtRollout(deployment: KubeObject, api: ClusterApi, signal: AbortSignal): Promise<Rollout> {
  try {
    const seen = await api.find<KubeObject & Deployment>(pathOf(deployment), signal);
    if (seen !== undefined && isRolledOut(seen)) return { value: true };
    const pods = await api.list<Pod>(podsOfRegistry, signal);
    // A pod that is being deleted tells nothing about the one that replaces it.
    const wait = pods.map(waitOf).find((each) => each !== undefined && each.kind !== "deletion");
    const refusal = wait === undefined && seen !== undefined ? creationFailure(seen) : undefined;
    if (refusal !== undefined) {
      const reason = `its pod cannot be created: ${refusal}`;
      return { reason, wait: { kind: "creation", reason, outlook: "retrying" } };
    }
    return { reason: wait === undefined ? "its pod is not ready yet" : describeWait(wait), wait };
  } catch (error) {
    signal.throwIfAborted();
    // The API may be about to start.
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function doesNotRun({ node }: Registry, reason: string, wait: PodWait | undefined): Problem {
  const remedies: Readonly<Partial<Record<PodWait["kind"], string>>> = {
    image: "Set registry.image in lab.yaml to an image that the node can pull, or that K3s' image archives hold.",
    creation: creationRemedy,
  };
  const describe = `See \`npm run kubectl -- describe pod -n ${names.namespace} -l app=${names.registry}\`.`;
  const remedy = (wait && remedies[wait.kind]) ?? describe;
  return new Problem("LAB-REG-009", `${node}: ${names.registry}`, `does not run: ${reason}`, { remedy });
}

/** Waits until the Service's port leads to the pod, which the nodes take a moment to arrange. */
async function reachable(
  service: KubeObject,
  api: ClusterApi,
  { registry, nodes }: WaitingFor,
  { signal }: Work,
): Promise<void> {
  await until({
    look: async () => ((await serves(registry.access, signal)) ? { value: true } : { reason: "no answer" }),
    every: lookEvery.address,
    within: timeouts.reachable * nodes.timeoutFactor,
    signal,
    late: async () => unreachable(registry, await api.find(pathOf(service), signal)),
  });
}

interface Service {
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
}

function unreachable({ name, endpoint }: Registry, service: Service | undefined): Problem {
  const hasAddress = (service?.status?.loadBalancer?.ingress ?? []).length > 0;
  return new Problem("LAB-REG-010", name, `its pod runs, but nothing answers at ${endpoint}/v2/ from this host`, {
    remedy: hasAddress
      ? "Look for a firewall between this host and the node."
      : "The Service has no address: is its port taken by another Service? Set registry.port in lab.yaml to a free one.",
  });
}
