import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@k3s-lab/problem";
import { type Work, type Step, step } from "@k3s-lab/steps";
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
import { managerOf, serviceOf } from "../config/service.js";
import type { Kube } from "../kube.js";
import type { NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";

const timeouts = { nodes: 120_000, dns: 120_000, lookup: 30_000 };
/** What kube-proxy has set up on a node cannot be watched. */
const lookupPause = 200;

interface Seen {
  readonly nodes: ReadonlyMap<string, NodeSeen>;
  readonly objects: ReadonlyMap<string, KubeNode> | undefined;
}

export interface WaitReadyOptions {
  readonly server: string;
  /** Unless lab.yaml disables it. */
  readonly hasDns: boolean;
}

/** Ready: the API answers, every node is Ready, and CoreDNS answers pods. */
export function waitReadyStep(nodes: Nodes, kube: Kube, { server, hasDns }: WaitReadyOptions): Step {
  return step<Seen>({
    id: "wait-until-ready",
    title: "Wait until Ready",
    observe: async ({ signal }) => ({ nodes: await nodes.seeAll(signal), objects: await kube.nodeObjects(signal) }),
    plan: (seen) => {
      const isAnswered = !hasDns || answersPods(seen.nodes);
      const unready = nodes.machines.filter(({ name }) => kube.obstacle(name, seen.objects?.get(name)) !== undefined);
      if (isAnswered && unready.length === 0) return [];
      const parts = [
        ...(unready.length === 0
          ? []
          : [`${unready.map(({ name }) => name).join(", ")} ${unready.length === 1 ? "is" : "are"} Ready`]),
        ...(isAnswered ? [] : ["CoreDNS answers a pod"]),
      ];
      return [
        { sentence: `wait until ${parts.join(" and ")}`, run: (context) => wait(nodes, kube, server, hasDns, context) },
      ];
    },
  });
}

/** At least one pod was there to ask, and wherever there is one, it got an answer. */
function answersPods(nodes: ReadonlyMap<string, NodeSeen>): boolean {
  const lookups = [...nodes.values()].flatMap(({ lookup }) => lookup ?? []);
  return lookups.length > 0 && lookups.every((lookup) => lookup === "answered");
}

async function wait(nodes: Nodes, kube: Kube, server: string, hasDns: boolean, context: Work): Promise<void> {
  const api = await kube.api(context.signal);
  if (api === undefined) {
    throw new Problem("LAB-K3S-006", server, "runs K3s, but its API does not answer", {
      remedy: `See why: npm run lab:exec -- ${server} ${logCommand(nodes, server)}`,
    });
  }
  await untilNodesReady(nodes, kube, api, context);
  kube.forget();
  if (!hasDns) return;
  await untilDnsReady(nodes, api, context);
  await untilAnswered(nodes, context.signal);
  // Meanwhile a node that is booting may have told what it was before.
  await untilNodesReady(nodes, kube, api, context);
  kube.forget();
}

async function untilNodesReady(nodes: Nodes, kube: Kube, api: Api, { signal, progress }: Work): Promise<void> {
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
        const reason = kube.obstacle(name, objects.get(name));
        if (reason !== undefined) return ((unready = name), { reason });
      }
      return { value: true };
    },
    late: (reason) => notReady(nodes, unready, `${reason}, expected to be Ready within ${within / 1000} s`),
  });
}

function notReady(nodes: Nodes, name: string, what: string): Problem {
  const { machine } = nodes.wish(name);
  const [service, manager] = [serviceOf(machine), managerOf(machine)];
  const there = `npm run lab:exec -- ${name}`;
  return new Problem("LAB-K3S-007", name, what, {
    remedy: `See why: ${there} ${manager.logCommand(service.name)}; restarting K3s often helps: ${there} ${manager.restartCommand(service.name)}`,
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

function logCommand(nodes: Nodes, name: string): string {
  const { machine } = nodes.wish(name);
  return managerOf(machine).logCommand(serviceOf(machine).name);
}

function waitOfAll(pods: readonly Pod[]): string {
  if (pods.length === 0) return "has no pod yet";
  const first = pods.map(waitOf).find((each) => each !== undefined);
  return first === undefined ? "is Ready" : describeWait(first);
}

async function untilAnswered(nodes: Nodes, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(nodes.within(timeouts.lookup));
  for (;;) {
    nodes.askDns();
    const seen = await nodes.seeAll(signal);
    if (answersPods(seen)) return;
    if (late.aborted) throw silent(seen);
    await sleep(lookupPause, undefined, { signal });
  }
}

function silent(seen: ReadonlyMap<string, NodeSeen>): Problem {
  const failed = [...seen].filter(([, { lookup }]) => lookup === "failed").map(([name]) => name);
  const where = failed.length === 0 ? "no node has a pod that could ask" : `pods of ${failed.join(", ")} get no answer`;
  return new Problem(
    "LAB-K3S-009",
    "CoreDNS",
    `is Ready, but ${where}, expected kubernetes.default.svc.cluster.local to be found`,
    {
      remedy:
        "See why: npm run kubectl -- -n kube-system logs -l k8s-app=kube-dns, and the kube-proxy's lines in each node's journal.",
    },
  );
}
