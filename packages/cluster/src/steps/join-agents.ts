import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@k3s-lab/problem";
import { type Action, type Step, step, TimedOut } from "@k3s-lab/steps";
import { type KubeNode, nodesPath, watchUntil } from "@k3s-lab/kube";
import { agentTokenFiles } from "../config/node-files.js";
import { managerOf, serviceOf } from "../config/service.js";
import { labNodeFiles, nodeFiles } from "../files.js";
import type { Kube } from "../kube.js";
import type { NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
import { sha256 } from "./configure.js";
import { doesNotRun, startService, whyStart } from "./start-service.js";

const joinTimeout = 120_000;
/** The API tells when a node has joined; that K3s has ended on it, only the node itself can tell. */
const lookInterval = 2000;

interface Seen {
  readonly nodes: ReadonlyMap<string, NodeSeen>;
  readonly objects: ReadonlyMap<string, KubeNode> | undefined;
}

/** K3s on every agent, all at the same time, by the token that the server has written. */
export function joinAgentsStep(nodes: Nodes, kube: Kube, server: string): Step {
  return step<Seen>({
    id: "join-agents",
    title: "Join agents",
    parallel: true,
    observe: async ({ signal }) => ({ nodes: await nodes.seeAll(signal), objects: await kube.nodeObjects(signal) }),
    plan: (seen) => {
      const token = seen.nodes.get(server)?.joinToken;
      return nodes.machines
        .filter(({ role }) => role === "agent")
        .flatMap(({ name }) => planAgent(nodes, kube, server, name, seen, token));
    },
  });
}

function planAgent(
  nodes: Nodes,
  kube: Kube,
  server: string,
  name: string,
  { nodes: all, objects }: Seen,
  token: string | undefined,
): readonly Action[] {
  const seen = all.get(name);
  const why = seen && token !== undefined ? whyStart(nodes, name, seen, agentTokenFiles(token)) : "it is not running";
  const isKnown = objects?.has(name) === true;
  if (why === undefined && (isKnown || objects === undefined)) return [];
  const sentence =
    seen?.isActive && isKnown
      ? `${name}: restart K3s, because ${why}`
      : `${name}: start the K3s agent and join ${server}`;
  return [{ sentence, run: ({ signal }) => join(nodes, kube, server, name, signal) }];
}

async function join(nodes: Nodes, kube: Kube, server: string, name: string, signal: AbortSignal): Promise<void> {
  const { joinToken } = await nodes.see(server, signal);
  if (joinToken === undefined) {
    throw new Problem(
      "LAB-K3S-003",
      server,
      `has no ${nodeFiles.joinToken}, expected K3s to have written the agents' token there`,
    );
  }
  const tokens = agentTokenFiles(joinToken);
  const isKnown = (await kube.nodeObjects(signal))?.has(name) === true;
  await kube.expectNews(name, signal);
  try {
    await leaveFormerCluster(nodes, name, tokens, signal);
    // A kubelet registers its node once, when it starts.
    await startService(nodes, name, tokens, { restart: !isKnown, signal });
    await untilReady(nodes, kube, name, signal);
  } finally {
    nodes.forget(name);
    kube.forget();
  }
}

/** Where the server was made anew, pods and networks of the cluster before would be in the way. */
async function leaveFormerCluster(
  nodes: Nodes,
  name: string,
  tokens: readonly NodeFile[],
  signal: AbortSignal,
): Promise<void> {
  const { sums, hasPassword } = await nodes.see(name, signal);
  const former = sums.get(labNodeFiles.token);
  if (!hasPassword || former === undefined || tokens.some(({ content }) => sha256(content) === former)) return;
  await nodes.driver.exec(name, [nodeFiles.killAll], { signal, answers: "any" });
  nodes.forget(name);
}

async function untilReady(nodes: Nodes, kube: Kube, name: string, signal: AbortSignal): Promise<void> {
  const api = await kube.api(signal);
  if (api === undefined)
    throw new Problem("LAB-K3S-004", name, "cannot join, because the server's API does not answer");
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const within = nodes.within(joinTimeout);
  const joined = watchUntil<KubeNode, "joined">({
    api,
    path: `${nodesPath}?fieldSelector=metadata.name%3D${name}`,
    within,
    signal: either,
    look: ([node]) => {
      const reason = kube.obstacle(name, node);
      return reason === undefined ? { value: "joined" } : { reason };
    },
  });
  const ended = untilEnded(nodes, name, either);
  try {
    const first = await Promise.race([joined, ended]);
    if (first === "ended") throw await doesNotRun(nodes, name, "K3s has ended instead of joining");
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    throw await doesNotRun(nodes, name, `${error.reason}, expected to be Ready within ${within / 1000} s`);
  } finally {
    over.abort();
    await Promise.allSettled([joined, ended]);
  }
}

async function untilEnded(nodes: Nodes, name: string, signal: AbortSignal): Promise<"ended"> {
  const { machine } = nodes.wish(name);
  const script = managerOf(machine).endedScript(serviceOf(machine).name);
  for (;;) {
    await sleep(lookInterval, undefined, { signal });
    const { stdout } = await nodes.driver.exec(name, ["sh", "-c", script], { signal });
    if (stdout !== "") return "ended";
  }
}
