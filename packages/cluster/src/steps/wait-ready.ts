import { setTimeout as sleep } from "node:timers/promises";
import {
  allPodsPath,
  type Api,
  creationFailure,
  creationRemedy,
  creationRetrier,
  type Deployment,
  describeWait,
  dnsDeployment,
  dnsPodsPath,
  isMarkedUnready,
  isPodReady,
  isYetToBeProbed,
  type KubeNode,
  nodesPath,
  pathOf,
  type Pod,
  waitOf,
  watchUntil,
} from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Step, step, stopwatch, until, type Work } from "@k3s-lab/steps";
import { readServerTokens } from "../config/node-files.js";
import { commandsOn } from "../config/service.js";
import { type ClusterSeen, type Kube, obstacleTo } from "../kube.js";
import type { Lookup } from "../node/lookup.js";
import { nothingSeen, unlessByItself } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
import { needsUpgrade } from "./install.js";
import { whyStartAgent } from "./join-agents.js";
import { whyStart } from "./start-service.js";

/** Milliseconds. */
const timeouts = {
  nodes: 120_000,
  probes: 4000,
  pods: 60_000,
  whole: 30_000,
  dns: 120_000,
  refused: 40_000,
  lookup: 30_000,
};
/** Milliseconds. */
const dnsPause = 100;
const probePause = 200;
/** Milliseconds. What kube-proxy has set up on a node cannot be watched. */
const lookupPause = 100;
const lookupPatience = 200;
/** Questions that are under way at a time: a busy host would answer none of hundreds, each of which enters every node. */
const mostLookups = 4;

type Lookups = ReadonlyMap<string, Lookup | undefined>;

interface Seen extends ClusterSeen {
  readonly serverTokens: readonly NodeFile[];
  /** Undefined where pods were not asked. */
  readonly lookups?: Lookups | undefined;
}

/** Whether lab.yaml leaves CoreDNS in the cluster. */
export function hasDns({ config }: Pick<Lab, "config">): boolean {
  return !config.cluster.disable.includes("coredns");
}

/** Ready: the API answers, every node is Ready, and CoreDNS answers pods. */
export function waitReadyStep(lab: Lab, nodes: Nodes, kube: Kube): Step {
  const asks = hasDns(lab);
  const sentence = `wait until every node is Ready${asks ? " and CoreDNS answers a pod" : ""}`;
  return step<Seen>({
    id: "wait-until-ready",
    title: "Wait until Ready",
    observe: async (facts) => {
      const seen = { ...(await kube.see(facts)), serverTokens: readServerTokens(lab) };
      // Only where their answer decides: a K3s that is started is waited for all the same, and the wait asks them.
      const asksPods = asks && areNodesReady(nodes, seen) && !isStarting(nodes, seen);
      return { ...seen, lookups: asksPods ? await nodes.lookups(facts) : undefined };
    },
    plan: (seen) => {
      const isReady = areNodesReady(nodes, seen) && (seen.lookups === undefined || answersPods(seen.lookups));
      if (isReady && !isStarting(nodes, seen)) return [];
      // Once a K3s that was started is Ready, this is done; its youth remains.
      return [
        {
          on: "cluster",
          kind: "check",
          sentence,
          ...unlessByItself([...seen.nodes.values()].find(({ startsByItself }) => startsByItself) ?? nothingSeen),
          unobservable: isReady,
          run: (context) => wait(nodes, kube, seen, asks, context),
        },
      ];
    },
  });
}

function areNodesReady(nodes: Nodes, { nodes: all, objects }: ClusterSeen): boolean {
  return nodes.machines.every(({ name }) => obstacleTo(all.get(name), objects?.get(name)) === undefined);
}

/**
 * Tells whether K3s has to be started on a node, or was in this run. A plan knows only the former, and an up that has
 * started it only the latter: both have to come to the same sentence, however fast the node was Ready.
 */
function isStarting(nodes: Nodes, { nodes: all, serverTokens }: Seen): boolean {
  return nodes.machines.some(({ name }) => {
    const seen = all.get(name) ?? nothingSeen;
    const isServer = nodes.servers.includes(name);
    const why = isServer ? whyStart(nodes, name, seen, serverTokens) : whyStartAgent(nodes, name, all);
    return seen.isNew || why !== undefined || needsUpgrade(seen, nodes.desired(name).cluster);
  });
}

/** Tells whether at least one node has a pod that could ask, and each of these got an answer. */
function answersPods(lookups: Lookups): boolean {
  const asked = [...lookups.values()].filter((lookup) => lookup !== undefined);
  return asked.length > 0 && asked.every((lookup) => lookup === "answered");
}

async function wait(nodes: Nodes, kube: Kube, seen: Seen, asks: boolean, context: Work): Promise<void> {
  if (seen.api === undefined) {
    throw new Problem("LAB-K3S-006", kube.server, "runs K3s, but its API does not answer", {
      remedy: `See why: ${commandsOn(nodes.desired(kube.server).machine).log}`,
    });
  }
  await untilNodesReady(nodes, seen, seen.api, context);
  await untilPodsProbed(nodes, seen, seen.api, context.signal);
  await untilPodsReported(nodes, kube.server, seen.api, context.signal);
  if (!asks) return;
  if (nodes.servers.length > 1) await untilDnsWhole(nodes, seen.api, context.signal);
  await untilDnsAnswers(nodes, seen.api, context);
  // Meanwhile a node that is booting may have reported what it was before.
  await untilNodesReady(nodes, seen, seen.api, context);
}

async function untilNodesReady(nodes: Nodes, seen: ClusterSeen, api: Api, { signal, progress }: Work): Promise<void> {
  const within = nodes.within(timeouts.nodes);
  let unready = "";
  await watchUntil<KubeNode, true>({
    api,
    path: nodesPath,
    within,
    signal,
    progress: (reason) => progress(`${unready} ${reason}`),
    look: (items) => {
      const objects = new Map(items.map((node) => [node.metadata.name, node]));
      for (const { name } of nodes.machines) {
        unready = name;
        const reason = obstacleTo(seen.nodes.get(name), objects.get(name));
        if (reason !== undefined) return { reason };
      }
      return { value: true };
    },
    late: (reason) => notReady(nodes, unready, `${reason}, expected to be Ready within ${within / 1000} s`),
  });
}

/**
 * Waits until kubelets that this run has restarted call no pod ready by what they knew before: in the next moment they would
 * call it unready, and a plan would find that. One that does not do so is not waited for any longer.
 */
async function untilPodsProbed(nodes: Nodes, seen: ClusterSeen, api: Api, signal: AbortSignal): Promise<void> {
  const startOf = (node = "") => {
    const { isNew, startedAt } = seen.nodes.get(node) ?? nothingSeen;
    return isNew === true ? startedAt : undefined;
  };
  const look = async () => {
    const pods = await api.list<Pod>(allPodsPath, signal);
    const stale = pods.find((pod) => {
      const { nodeName = "" } = pod.spec ?? {};
      const startedAt = startOf(nodeName);
      const kubeletVersion = seen.objects?.get(nodeName)?.status?.nodeInfo?.kubeletVersion;
      return startedAt !== undefined && isYetToBeProbed(pod, { startedAt, kubeletVersion });
    });
    return stale === undefined ? { value: true } : { reason: `${stale.metadata.name} was not probed again` };
  };
  const within = nodes.within(timeouts.probes);
  await until({ every: probePause, within, signal, look }).catch(() => signal.throwIfAborted());
}

/** Waits until the pods that a restarted K3s goes on with are called ready again, so that Services lead to them. */
async function untilPodsReported(nodes: Nodes, server: string, api: Api, signal: AbortSignal): Promise<void> {
  const within = nodes.within(timeouts.pods);
  const names = new Set(nodes.machines.map(({ name }) => name));
  let node = server;
  await watchUntil<Pod, true>({
    api,
    path: allPodsPath,
    within,
    signal,
    look: (pods) => {
      const marked = pods.find((pod) => names.has(pod.spec?.nodeName ?? "") && isMarkedUnready(pod));
      if (marked === undefined) return { value: true };
      node = marked.spec?.nodeName ?? server;
      return { reason: `its kubelet does not call ${marked.metadata.name} ready again` };
    },
    late: (reason) => notReady(nodes, node, `${reason}, expected within ${within / 1000} s after the node is`),
  });
}

/**
 * Waits for all pods of CoreDNS, of several: a lookup goes to any of them that is called ready. One that stays away is not waited for
 * any longer, since another one answers.
 */
async function untilDnsWhole(nodes: Nodes, api: Api, signal: AbortSignal): Promise<void> {
  const look = async () => {
    const pods = await api.list<Pod>(dnsPodsPath, signal);
    const placed = pods.filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && spec?.nodeName);
    const missing = placed.find((pod) => !isPodReady(pod));
    return missing === undefined ? { value: true } : { reason: `${missing.metadata.name} is not Ready` };
  };
  const within = nodes.within(timeouts.whole);
  await until({ every: probePause, within, signal, look }).catch(() => signal.throwIfAborted());
}

function notReady(nodes: Nodes, node: string, what: string): Problem {
  const { log, restart } = commandsOn(nodes.desired(node).machine);
  return new Problem("LAB-K3S-007", node, what, {
    remedy: `See why: ${log}; restarting K3s often helps: ${restart}`,
  });
}

/**
 * Waits until CoreDNS is Ready and answers. On a machine that was started again it is called Ready until the kubelet has looked at
 * it: where nobody gets an answer and what was Ready is so no longer, it is waited for once more.
 *
 * @internal
 */
export async function untilDnsAnswers(
  nodes: Pick<Nodes, "lookUp" | "within">,
  api: Pick<Api, "list" | "find" | "patch">,
  context: Work,
): Promise<void> {
  const { signal } = context;
  const since = await untilDnsReady(nodes, api, context);
  try {
    await untilAnswered(nodes, signal);
  } catch (error) {
    signal.throwIfAborted();
    const now = await lookAtDns(api, signal);
    if ("value" in now && now.value === since) throw error;
    await untilDnsReady(nodes, api, context);
    await untilAnswered(nodes, signal);
  }
}

/** Resolves with when it became Ready. */
async function untilDnsReady(
  nodes: Pick<Nodes, "within">,
  api: Pick<Api, "list" | "find" | "patch">,
  { signal, progress }: Work,
): Promise<string> {
  const within = nodes.within(timeouts.dns);
  const refused = stopwatch();
  const retry = creationRetrier(api, dnsDeployment);
  let last = "";
  return until({
    every: dnsPause,
    within,
    signal,
    look: async () => {
      const seen = await lookAtDns(api, signal);
      if ("value" in seen) return seen;
      if (seen.reason !== last) progress(`CoreDNS ${(last = seen.reason)}`);
      if (refused(seen.isRefused === true) > nodes.within(timeouts.refused)) {
        throw new Problem("LAB-K3S-008", "CoreDNS", seen.reason, { remedy: creationRemedy });
      }
      if (seen.isRefused === true) await retry(signal);
      return seen;
    },
    late: (reason) =>
      new Problem("LAB-K3S-008", "CoreDNS", `is not Ready after ${within / 1000} s: ${reason}`, {
        remedy: "See why: npm run kubectl -- -n kube-system describe pods -l k8s-app=kube-dns",
      }),
  });
}

/** When a pod of it became Ready, or why none is. */
type DnsLook = { readonly value: string } | { readonly reason: string; readonly isRefused?: boolean };

async function lookAtDns(api: Pick<Api, "list" | "find">, signal: AbortSignal): Promise<DnsLook> {
  try {
    const pods = await api.list<Pod>(dnsPodsPath, signal);
    const ready = pods.find(isPodReady);
    if (ready !== undefined) return { value: readySince(ready) };
    if (pods.some(({ metadata }) => metadata.deletionTimestamp === undefined)) return { reason: waitOfAll(pods) };
    const deployment = await api.find<Deployment>(pathOf(dnsDeployment), signal);
    const refusal = deployment && creationFailure(deployment);
    return refusal === undefined
      ? { reason: waitOfAll(pods) }
      : { reason: `cannot get its pod: ${refusal}`, isRefused: true };
  } catch (error) {
    signal.throwIfAborted();
    // The API may be about to start.
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function readySince({ metadata, status }: Pod): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return `${metadata.name} ${ready?.lastTransitionTime}`;
}

function waitOfAll(pods: readonly Pod[]): string {
  if (pods.length === 0) return "has no pod yet";
  const [first] = pods.flatMap((pod) => waitOf(pod) ?? []);
  return first === undefined ? "is Ready" : describeWait(first);
}

/**
 * Asks from every node until all get an answer. A question that kube-proxy still leads to a pod of before is lost, and waited for in
 * vain for a second: meanwhile the next one is asked, since each finds its own way.
 *
 * @internal
 */
export async function untilAnswered(nodes: Pick<Nodes, "lookUp" | "within">, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const asked = new Set<Promise<Lookups>>();
  try {
    await untilOneAnswers(nodes, signal, () => {
      if (asked.size === mostLookups) return undefined;
      const lookups = nodes.lookUp(either);
      asked.add(lookups);
      const forget = () => void asked.delete(lookups);
      lookups.then(forget, forget);
      return lookups;
    });
  } finally {
    over.abort();
    await Promise.allSettled(asked);
  }
}

async function untilOneAnswers(
  nodes: Pick<Nodes, "within">,
  signal: AbortSignal,
  ask: () => Promise<Lookups> | undefined,
): Promise<void> {
  let isAnswered = false;
  let silence = "no node has answered yet";
  const judge = (lookups: Lookups) => {
    isAnswered ||= answersPods(lookups);
    silence = silenceOf(lookups);
  };
  await until({
    every: lookupPause,
    within: nodes.within(timeouts.lookup),
    signal,
    look: async () => {
      if (isAnswered) return { value: true };
      // An answer that comes late counts, too; a failure that comes late is not the last word.
      const judged = ask()?.then(judge);
      judged?.catch(() => {});
      const late = sleep(lookupPatience, undefined, { signal });
      await (judged === undefined ? late : Promise.race([judged, late]));
      return isAnswered ? { value: true } : { reason: silence };
    },
    late: (reason) =>
      new Problem(
        "LAB-K3S-009",
        "CoreDNS",
        `is Ready, but ${reason}, expected kubernetes.default.svc.cluster.local to be found`,
        {
          remedy:
            "See why: npm run kubectl -- -n kube-system logs -l k8s-app=kube-dns, and kube-proxy's lines in the log of K3s on each node.",
        },
      ),
  });
}

function silenceOf(lookups: Lookups): string {
  const failed = [...lookups].filter(([, lookup]) => lookup === "failed").map(([name]) => name);
  return failed.length === 0 ? "no node has a pod that could ask" : `pods of ${failed.join(", ")} get no answer`;
}
