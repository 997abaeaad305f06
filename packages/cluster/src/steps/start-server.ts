import type { Api } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Action, type Step, step, until } from "@k3s-lab/steps";
import { readServerTokens } from "../config/node-files.js";
import type { ClusterSeen, Kube } from "../kube.js";
import { hasRun, nothingSeen, unlessByItself } from "../node/node-seen.js";
import { joinTokenOf, type Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
import { k3sPaths } from "../paths.js";
import { lostQuorum } from "../quorum.js";
import { deletePodsOn } from "./forget-nodes.js";
import { needsUpgrade } from "./install.js";
import { doesNotRun, startService, whyStart } from "./start-service.js";

/** Milliseconds. */
const timeouts = { answer: 60_000, registration: 60_000 };
/** Milliseconds. A refused connection tells nothing of when the next one will be accepted. */
const pause = 100;

interface Seen extends ClusterSeen {
  readonly tokens: readonly NodeFile[];
  /** What stands against a start: too many servers have lost their disks. */
  readonly loss: Problem | undefined;
}

/**
 * K3s on the servers that have run before, or on the first: the API that the others join. Several that are to be upgraded, and none
 * of which answers, are started as they are: etcd needs more than half of them before the first can be replaced.
 */
export function startServerStep(lab: Lab, nodes: Nodes, kube: Kube): Step {
  return step<Seen>({
    id: "start-the-server",
    title: "Start the server",
    // Several come up together: each waits until more than half of them are there.
    parallel: nodes.servers.length > 1,
    observe: (facts) => seeServers(lab, nodes, kube, facts),
    plan: (seen) => {
      if (seen.loss !== undefined) return seen.loss;
      const starting = standing(nodes, seen).filter((name) => nodes.servers.length === 1 || !isActive(name, seen));
      return starting.flatMap((name) => planServer(nodes, kube, name, seen) ?? []);
    },
  });
}

/** Servers that run and have to be started again: one after the other, so that the API goes on. */
export function restartServersStep(lab: Lab, nodes: Nodes, kube: Kube): Step {
  return step<Seen>({
    id: "restart-servers",
    title: "Restart servers",
    observe: (facts) => seeServers(lab, nodes, kube, facts),
    plan: (seen) => {
      const running = standing(nodes, seen).filter((name) => isActive(name, seen));
      return running.flatMap((name) => planServer(nodes, kube, name, seen) ?? []);
    },
  });
}

/**
 * Servers that have no store yet, one after the other: etcd takes in one new member at a time. Where those that stand are to be
 * upgraded and have etcd, this is done before: each of them is missing while it is restarted.
 */
export function joinServersStep(lab: Lab, nodes: Nodes, kube: Kube, when?: "before-upgrade"): Step {
  return step<Seen>({
    id: when === undefined ? "join-servers" : "join-servers-before-upgrade",
    title: "Join servers",
    observe: (facts) => seeServers(lab, nodes, kube, facts),
    plan: (seen) => {
      const there = standing(nodes, seen);
      const isBefore = there.some((name) => seen.nodes.get(name)?.hasEtcd && isToUpgrade(nodes, name, seen));
      if (isBefore !== (when === "before-upgrade")) return [];
      return nodes.servers
        .filter((name) => !there.includes(name))
        .map((name): Action => {
          const { tokens, nodes: all } = seen;
          return {
            on: name,
            kind: "make",
            sentence: `${name}: start the K3s server and join ${there[0]}`,
            run: async ({ signal }) => {
              const node = all.get(name) ?? nothingSeen;
              const starting = {
                seen: node,
                tokens,
                restart: false,
                begins: false,
                agentsToken: joinTokenOf(nodes, all),
                ask: askKubeconfig,
                signal,
              };
              const { answer } = await startService(nodes, name, starting);
              await untilApiAnswers(nodes, kube, name, answer, signal);
            },
          };
        });
    },
  });
}

async function seeServers(lab: Lab, nodes: Nodes, kube: Kube, facts: Parameters<Kube["see"]>[0]): Promise<Seen> {
  const seen = await kube.see(facts);
  return { ...seen, tokens: readServerTokens(lab), loss: lostQuorum(lab, nodes, seen) };
}

/** The servers that have a store, or the one that is to begin with it. What stands still is taken to have run. */
function standing(nodes: Nodes, { nodes: all }: Seen): readonly string[] {
  const have = nodes.servers.filter((name) => {
    const seen = all.get(name) ?? nothingSeen;
    return hasRun(seen) || (!seen.isRunning && seen.isAbsent === false);
  });
  return have.length === 0 ? nodes.servers.slice(0, 1) : have;
}

function isToUpgrade(nodes: Nodes, name: string, { nodes: all }: Seen): boolean {
  return needsUpgrade(all.get(name) ?? nothingSeen, nodes.desired(name).cluster);
}

function isActive(name: string, { nodes: all }: Seen): boolean {
  return all.get(name)?.isActive === true;
}

function planServer(nodes: Nodes, kube: Kube, server: string, seen: Seen): Action | undefined {
  const { nodes: all, tokens, objects, api } = seen;
  const node = all.get(server) ?? nothingSeen;
  // What is to be upgraded is started by that.
  const mayWait = nodes.servers.length === 1 || node.isActive || objects !== undefined;
  if (mayWait && isToUpgrade(nodes, server, seen)) return undefined;
  // A K3s that this run has started may still be slow to register its node, however long its start has taken.
  const isOld = node.isNew !== true && (node.age ?? 0) * 1000 > nodes.within(timeouts.registration);
  // K3s has run for so long that its node was registered, and the API does not know it: another process deleted it.
  const isDeleted = isOld && objects?.has(server) === false;
  const why = whyStart(nodes, server, node, tokens) ?? (isDeleted ? "its node was deleted" : undefined);
  if (why === undefined) return undefined;
  const isRestart = node.isActive;
  return {
    on: server,
    kind: node.joinToken === undefined ? "make" : "restart",
    ...(isRestart && { interrupts: throughServer(nodes, server) }),
    ...unlessByItself(node),
    sentence: isRestart ? `${server}: restart K3s, because ${why}` : `${server}: start the K3s server`,
    run: async ({ signal }) => {
      if (isDeleted && api) await deletePodsOn(api, server, signal);
      const begins = hasRun(node) ? {} : { begins: true };
      const starting = { seen: node, tokens, restart: isDeleted, ...begins, ask: askKubeconfig, signal };
      const { answer } = await startService(nodes, server, starting);
      await untilApiAnswers(nodes, kube, server, answer, signal);
    },
  };
}

/** What a restart of K3s on a server interrupts. */
export function throughServer(nodes: Pick<Nodes, "servers">, server: string): string {
  const isOnly = nodes.servers.length === 1;
  return isOnly ? "the cluster's API; pods go on" : `what reaches the cluster's API by ${server}; pods go on`;
}

/** What startService asks a server for. */
export const askKubeconfig = `cat ${k3sPaths.kubeconfig} 2>/dev/null || true`;

/** The service manager tells when K3s is ready; that the host reaches its API, too, only a request can show. */
export async function untilApiAnswers(
  nodes: Nodes,
  kube: Kube,
  server: string,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<Api> {
  const within = nodes.within(timeouts.answer);
  let api = kube.openWith(server, kubeconfig);
  return until({
    every: pause,
    within,
    signal,
    look: async () => {
      api ??= kube.openBy(server, await nodes.look(server, signal));
      return api && (await api.isReady(signal)) ? { value: api } : { reason: "the API does not answer" };
    },
    late: () => doesNotRun(nodes, server, `K3s runs, but its API has not answered the host for ${within / 1000} s`),
  });
}
