import {
  type Api,
  describeWait,
  dnsPodsPath,
  isPodReady,
  type KubeNode,
  nodesPath,
  type Pod,
  waitOf,
  watchUntil,
} from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Step, step, until, type Work } from "@k3s-lab/steps";
import { readServerTokens } from "../config/node-files.js";
import { type ClusterSeen, type Kube, obstacleTo } from "../kube.js";
import type { Lookup } from "../node/lookup.js";
import { nothingSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
import { whyStartAgent } from "./join-agents.js";
import { whyStart } from "./start-service.js";

/** Milliseconds. */
const timeouts = { nodes: 120_000, dns: 120_000, lookup: 30_000 };
/** Milliseconds. What kube-proxy has set up on a node cannot be watched. */
const lookupPause = 200;

type Lookups = ReadonlyMap<string, Lookup | undefined>;

interface Seen extends ClusterSeen {
  readonly lookups: Lookups;
  readonly serverTokens: readonly NodeFile[];
}

/** Ready: the API answers, every node is Ready, and CoreDNS answers pods. */
export function waitReadyStep(lab: Lab, nodes: Nodes, kube: Kube): Step {
  const hasDns = !lab.config.cluster.disable.includes("coredns");
  const sentence = `wait until every node is Ready${hasDns ? " and CoreDNS answers a pod" : ""}`;
  return step<Seen>({
    id: "wait-until-ready",
    title: "Wait until Ready",
    observe: async (facts) => {
      const lookups = hasDns ? await nodes.lookups(facts) : new Map<string, never>();
      return { ...(await kube.see(facts)), lookups, serverTokens: readServerTokens(lab) };
    },
    plan: (seen) => {
      const isReady =
        (!hasDns || answersPods(seen.lookups)) &&
        nodes.machines.every(({ name }) => obstacleTo(seen.nodes.get(name), seen.objects?.get(name)) === undefined);
      if (isReady && !isStarting(nodes, kube.server, seen)) return [];
      // Once a K3s that was started is Ready, this is done; its youth remains.
      return [{ sentence, unobservable: isReady, run: (context) => wait(nodes, kube, seen, hasDns, context) }];
    },
  });
}

/**
 * Tells whether K3s has to be started on a node, or was in this run. A plan knows only the former, and an up that has
 * started it only the latter: both have to come to the same sentence, however fast the node was Ready.
 */
function isStarting(nodes: Nodes, server: string, { nodes: all, serverTokens }: Seen): boolean {
  return nodes.machines.some(({ name }) => {
    const seen = all.get(name) ?? nothingSeen;
    const why = name === server ? whyStart(nodes, name, seen, serverTokens) : whyStartAgent(nodes, server, name, all);
    return seen.isNew || why !== undefined;
  });
}

/** Tells whether at least one node has a pod that could ask, and each of these got an answer. */
function answersPods(lookups: Lookups): boolean {
  const asked = [...lookups.values()].filter((lookup) => lookup !== undefined);
  return asked.length > 0 && asked.every((lookup) => lookup === "answered");
}

async function wait(nodes: Nodes, kube: Kube, seen: Seen, hasDns: boolean, context: Work): Promise<void> {
  if (seen.api === undefined) {
    throw new Problem("LAB-K3S-006", kube.server, "runs K3s, but its API does not answer", {
      remedy: `See why: ${hintsFor(nodes, kube.server).log}`,
    });
  }
  await untilNodesReady(nodes, seen, seen.api, context);
  if (!hasDns) return;
  await untilDnsReady(nodes, seen.api, context);
  await untilAnswered(nodes, context.signal);
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
    late(reason) {
      const { log, restart } = hintsFor(nodes, unready);
      return new Problem("LAB-K3S-007", unready, `${reason}, expected to be Ready within ${within / 1000} s`, {
        remedy: `See why: ${log}; restarting K3s often helps: ${restart}`,
      });
    },
  });
}

async function untilDnsReady(nodes: Nodes, api: Api, { signal, progress }: Work): Promise<void> {
  const within = nodes.within(timeouts.dns);
  await watchUntil<Pod, true>({
    api,
    path: dnsPodsPath,
    within,
    signal,
    progress: (reason) => progress(`CoreDNS ${reason}`),
    look: (pods) => (pods.some(isPodReady) ? { value: true } : { reason: waitOfAll(pods) }),
    late: (reason) =>
      new Problem("LAB-K3S-008", "CoreDNS", `is not Ready after ${within / 1000} s: ${reason}`, {
        remedy: "See why: npm run kubectl -- -n kube-system describe pods -l k8s-app=kube-dns",
      }),
  });
}

/** Returns what a person runs to learn more of a node, or to try again. */
function hintsFor(nodes: Nodes, name: string): { readonly log: string; readonly restart: string } {
  const { service, manager } = nodes.service(name);
  const there = `npm run lab:exec -- ${name}`;
  return { log: `${there} ${manager.logCommand(service)}`, restart: `${there} ${manager.restartCommand(service)}` };
}

function waitOfAll(pods: readonly Pod[]): string {
  if (pods.length === 0) return "has no pod yet";
  const [first] = pods.flatMap((pod) => waitOf(pod) ?? []);
  return first === undefined ? "is Ready" : describeWait(first);
}

async function untilAnswered(nodes: Nodes, signal: AbortSignal): Promise<void> {
  await until({
    every: lookupPause,
    within: nodes.within(timeouts.lookup),
    signal,
    look: async () => {
      const lookups = await nodes.lookUp(signal);
      return answersPods(lookups) ? { value: true } : { reason: silenceOf(lookups) };
    },
    late: (reason) =>
      new Problem(
        "LAB-K3S-009",
        "CoreDNS",
        `is Ready, but ${reason}, expected kubernetes.default.svc.cluster.local to be found`,
        {
          remedy:
            "See why: npm run kubectl -- -n kube-system logs -l k8s-app=kube-dns, and kube-proxy's lines in each node's journal.",
        },
      ),
  });
}

function silenceOf(lookups: Lookups): string {
  const failed = [...lookups].filter(([, lookup]) => lookup === "failed").map(([name]) => name);
  return failed.length === 0 ? "no node has a pod that could ask" : `pods of ${failed.join(", ")} get no answer`;
}
