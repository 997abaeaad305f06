import type { Api, KubeNode } from "@k3s-lab/kube";
import { provisoOf } from "@k3s-lab/k3s-source";
import type { Lab } from "@k3s-lab/lab";
import type { Machine } from "@k3s-lab/machines";
import { messageOf, Problem } from "@k3s-lab/problem";
import { type Action, type ActionContext, type Step, step } from "@k3s-lab/steps";
import type { ForeseenCluster } from "../cluster.js";
import { agentTokenFiles, readServerTokens } from "../config/node-files.js";
import { drain, drainTimeout, isCordonedByLab, uncordon } from "../drain.js";
import { type ClusterSeen, type Kube, obstacleTo } from "../kube.js";
import { nothingSeen } from "../node/node-seen.js";
import { joinTokenOf, type Nodes } from "../node/nodes.js";
import { type Installing, installImages, installUpgrade, needsUpgrade } from "../steps/install.js";
import { untilReady } from "../steps/join-agents.js";
import { askKubeconfig, throughServer, untilApiAnswers } from "../steps/start-server.js";
import { type Started, startService } from "../steps/start-service.js";
import { forgetMoved, movedFrom, noteMoved } from "./moved-workloads.js";
import { untilBack, type Workload, workloadsOn } from "./ready-pods.js";

export interface Upgrading extends Pick<Installing, "images"> {
  readonly lab: Lab;
  readonly nodes: Nodes;
  readonly kube: Kube;
  readonly cluster: ForeseenCluster;
}

/**
 * Gives servers another K3s, one after the other, before any agent gets it: Kubernetes allows agents to be older than their
 * server, never newer. A server's pods go on while K3s is restarted there, as they do at every restart: to move them away would
 * interrupt what has its data on the server, such as the registry, for longer than that.
 */
export function upgradeServersStep(upgrading: Upgrading): Step {
  return rollOutStep(upgrading, "server", {
    id: "upgrade-servers",
    title: "Upgrade servers",
    interrupts: (name) => throughServer(upgrading.nodes, name),
    upgrade: upgradeServer,
  });
}

/** Gives agents another K3s, so many at a time as `cluster.upgradeBatch` says: each is drained before. */
export function upgradeAgentsStep(upgrading: Upgrading): Step {
  return rollOutStep(upgrading, "agent", {
    id: "upgrade-agents",
    title: "Upgrade agents",
    parallel: upgrading.lab.config.cluster.upgradeBatch,
    interrupts: (name) => `${name}'s pods, which are made again elsewhere`,
    upgrade: upgradeAgent,
  });
}

interface RollOut extends Pick<Step, "id" | "title" | "parallel"> {
  readonly interrupts: (name: string) => string;
  readonly upgrade: (upgrading: Upgrading, name: string, context: ActionContext) => Promise<void>;
}

function rollOutStep(upgrading: Upgrading, role: Machine["role"], { interrupts, upgrade, ...names }: RollOut): Step {
  const { nodes, kube, cluster } = upgrading;
  return step<ClusterSeen>({
    ...names,
    observe: (facts) => kube.see(facts),
    plan: ({ nodes: all, objects }) =>
      inOrder(
        nodes.machines
          .filter((machine) => machine.role === role)
          .map(({ name }) => ({ name, seen: all.get(name) ?? nothingSeen, object: objects?.get(name) }))
          .filter(({ seen }) => needsUpgrade(seen, cluster)),
      ).map(({ name, object }): Action => ({
        on: name,
        kind: "restart",
        interrupts: interrupts(name),
        sentence: `${name}: ${words(object, cluster)}`,
        provided: provisoOf(cluster),
        run: async (context) => {
          await namingTheNode(name, cluster, context.signal, () => upgrade(upgrading, name, context));
        },
      })),
  });
}

/** Those that give no service come first, such as the one at which a roll-out has stopped: nothing more is lost by them. */
function inOrder<
  Node extends {
    readonly seen: ClusterSeen["nodes"] extends ReadonlyMap<string, infer Seen> ? Seen : never;
    readonly object: KubeNode | undefined;
  },
>(nodes: readonly Node[]): readonly Node[] {
  const isReady = ({ seen, object }: Node) => Number(obstacleTo(seen, object) === undefined);
  return nodes.toSorted((one, other) => isReady(one) - isReady(other));
}

function words(object: KubeNode | undefined, { version }: Pick<ForeseenCluster, "version">): string {
  const from = object?.status?.nodeInfo?.kubeletVersion;
  if (from === version) {
    // One that was drained for it and not let go: the run that has begun this was killed.
    const isBegun = object !== undefined && isCordonedByLab(object);
    return isBegun ? `go on with the upgrade to K3s ${version}` : `replace K3s ${version} by another build of it`;
  }
  return `upgrade K3s ${from === undefined ? "" : `from ${from} `}to ${version}`;
}

async function upgradeServer(upgrading: Upgrading, name: string, context: ActionContext): Promise<void> {
  const { lab, nodes, kube } = upgrading;
  const { signal } = context;
  const { api: before, nodes: all } = await kube.see(context.facts);
  const others = [...all].filter(([other, node]) => other !== name && needsUpgrade(node, upgrading.cluster));
  // Once the server has the new version, pods of it, such as CoreDNS, may come to any node.
  await Promise.all(
    others.map(([other, node]) =>
      installImages(nodes, other, upgrading.cluster, upgrading, { ...context, seen: node }),
    ),
  );
  // One whose API does not answer has failed to start before: nothing can be asked.
  const workloads = before === undefined ? [] : await workloadsOn(before, name, signal).catch(() => noneUnless(signal));
  const seen = await nodes.look(name, signal);
  const { record } = await installUpgrade(nodes, name, upgrading.cluster, upgrading, { ...context, seen });
  const tokens = readServerTokens(lab);
  const started = await startService(nodes, name, { seen, tokens, restart: true, ask: askKubeconfig, signal });
  const api = await untilApiAnswers(nodes, kube, name, started.answer, signal);
  await untilRuns(upgrading, api, name, started, signal);
  await record();
  await untilBack(workloads, returnTo(upgrading, api, name, started, context));
}

function noneUnless(signal: AbortSignal): readonly Workload[] {
  signal.throwIfAborted();
  return [];
}

async function upgradeAgent(upgrading: Upgrading, name: string, context: ActionContext): Promise<void> {
  const { nodes, kube } = upgrading;
  const { signal, progress } = context;
  const { api, nodes: all } = await kube.see(context.facts);
  const token = joinTokenOf(nodes, all);
  if (api === undefined || token === undefined) {
    throw new Problem("LAB-K3S-004", name, "cannot be upgraded, because the server's API does not answer");
  }
  const workloads = await noteMoved(api, name, await workloadsOn(api, name, signal), signal);
  await drain({ api, node: name, within: nodes.within(drainTimeout), signal, progress });
  const seen = await nodes.look(name, signal);
  const { record } = await installUpgrade(nodes, name, upgrading.cluster, upgrading, { ...context, seen });
  const started = await startService(nodes, name, { seen, tokens: agentTokenFiles(token), restart: true, signal });
  await untilRuns(upgrading, api, name, started, signal);
  await record();
  await takeBack(upgrading, api, name, workloads, started, context);
}

interface Finishing extends Pick<Upgrading, "nodes"> {
  readonly cluster: Pick<ForeseenCluster, "sha256" | "version">;
}

/** Lets a node take pods again, and waits for what was moved away from it. */
async function takeBack(
  upgrading: Finishing,
  api: Api,
  name: string,
  workloads: readonly Workload[],
  started: Pick<Started, "startedAt">,
  context: ActionContext,
): Promise<void> {
  await uncordon(api, name, context.signal);
  try {
    await untilBack(workloads, returnTo(upgrading, api, name, started, context));
  } finally {
    // Where they are late, that is said once: the next run goes on.
    if (!context.signal.aborted) await forgetMoved(api, name, context.signal);
  }
}

/**
 * Lets nodes take pods again whose upgrade was killed at its end, and waits for what it has moved away, before another agent is
 * drained: else that might take the last pod of the same workload, or leave more nodes without pods than `cluster.upgradeBatch`.
 */
export function finishUpgradesStep(upgrading: Finishing & Pick<Upgrading, "kube">): Step {
  const { nodes, kube, cluster } = upgrading;
  return step<ClusterSeen>({
    id: "finish-upgrades",
    title: "Finish upgrades",
    parallel: true,
    observe: (facts) => kube.see(facts),
    plan: ({ nodes: all, api, objects }) =>
      nodes.machines.flatMap(({ name }): readonly Action[] => {
        const object = objects?.get(name);
        const workloads = object && movedFrom(object);
        if (api === undefined || workloads === undefined) return [];
        if (needsUpgrade(all.get(name) ?? nothingSeen, cluster)) return [];
        return [
          {
            on: name,
            kind: "change",
            sentence: `${name}: let the node take pods again, and wait for those that its upgrade has moved away`,
            run: (context) => takeBack(upgrading, api, name, workloads, { startedAt: 0 }, context),
          },
        ];
      }),
  });
}

/** Waits until a node is Ready, and its kubelet reports the version that was installed. */
async function untilRuns(
  { nodes, cluster }: Upgrading,
  api: Api,
  name: string,
  started: Started,
  signal: AbortSignal,
): Promise<void> {
  await untilReady(nodes, api, name, started, signal, ({ status }) => {
    const seen = status?.nodeInfo?.kubeletVersion;
    return seen === cluster.version ? undefined : `its kubelet reports ${seen}, expected ${cluster.version}`;
  });
}

function returnTo(
  { nodes, cluster }: Finishing,
  api: Api,
  node: string,
  { startedAt }: Pick<Started, "startedAt">,
  { signal, progress }: ActionContext,
) {
  return {
    api,
    node,
    startedAt,
    kubeletVersion: cluster.version,
    within: (usual: number) => nodes.within(usual),
    signal,
    progress,
  };
}

/** Says of a failure at which node the roll-out has stopped, and that the next run goes on with it. */
async function namingTheNode(
  name: string,
  { version }: Pick<ForeseenCluster, "version">,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (cause) {
    // Of these, the node's own K3s is not the reason, and they say what to do.
    const isOwnReason = cause instanceof Problem && ["LAB-K3S-004", "LAB-K3S-010", "LAB-K3S-017"].includes(cause.id);
    if (signal.aborted || isOwnReason) throw cause;
    const why = cause instanceof Problem ? cause.what : messageOf(cause);
    throw new Problem("LAB-K3S-016", name, `does not run ${version}, and the roll-out has stopped here: ${why}`, {
      remedy: "Fix it, and run `npm run lab:up` again, which continues with it.",
      cause,
    });
  }
}
