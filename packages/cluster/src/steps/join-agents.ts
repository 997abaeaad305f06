import { setTimeout as sleep } from "node:timers/promises";
import { type Api, type KubeNode, nodesPath, watchUntil } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Action, type Step, step, until } from "@k3s-lab/steps";
import { agentTokenFiles } from "../config/node-files.js";
import { type ClusterSeen, type Kube, obstacleTo } from "../kube.js";
import { nothingSeen, unlessByItself } from "../node/node-seen.js";
import { joinTokenOf, type Nodes } from "../node/nodes.js";
import { sha256 } from "@k3s-lab/host";
import { k3sPaths, labPaths } from "../paths.js";
import { deletePodsOn } from "./forget-nodes.js";
import { needsUpgrade } from "./install.js";
import { doesNotRun, type Started, type Starting, startService, whyStart } from "./start-service.js";

/** Milliseconds. */
const joinTimeout = 120_000;
/** Milliseconds. The API tells when a node has joined; that K3s has ended on it, only the node itself can tell. */
const lookInterval = 2000;

/** K3s on every agent, all at the same time, by the token that the server has written. */
export function joinAgentsStep(nodes: Nodes, kube: Kube): Step {
  return step<ClusterSeen>({
    id: "join-agents",
    title: "Join agents",
    parallel: true,
    observe: (facts) => kube.see(facts),
    plan: (seen) =>
      nodes.machines
        .filter(({ role }) => role === "agent")
        .flatMap(({ name }) => planAgent(nodes, kube.server, name, seen) ?? []),
  });
}

function planAgent(nodes: Nodes, server: string, name: string, seen: ClusterSeen): Action | undefined {
  // What is to be upgraded is started by that.
  if (needsUpgrade(seen.nodes.get(name) ?? nothingSeen, nodes.desired(name).cluster)) return undefined;
  const why = whyStartAgent(nodes, name, seen.nodes);
  const { isRunning, isActive, hasPassword } = seen.nodes.get(name) ?? nothingSeen;
  // An API that cannot be asked, since its certificates have ended, say, does not make a node that has joined unknown.
  const isKnown = seen.objects?.has(name) ?? ((isActive || !isRunning) && hasPassword);
  if (why === undefined && (isKnown || seen.objects === undefined)) return undefined;
  const isRestart = isKnown && isActive;
  return {
    on: name,
    kind: isKnown ? "restart" : "make",
    ...(isRestart && { interrupts: `exec and logs of ${name}'s pods, which go on` }),
    ...unlessByItself(seen.nodes.get(name) ?? nothingSeen),
    sentence: isRestart ? `${name}: restart K3s, because ${why}` : `${name}: start the K3s agent and join ${server}`,
    run: ({ signal }) => join(nodes, server, name, seen, signal),
  };
}

/** Tells why K3s has to be started on an agent; undefined where it runs with all that it should run with. */
export function whyStartAgent(nodes: Nodes, name: string, seen: ClusterSeen["nodes"]): string | undefined {
  const token = joinTokenOf(nodes, seen);
  if (token === undefined) return "it is not running";
  return whyStart(nodes, name, seen.get(name) ?? nothingSeen, agentTokenFiles(token));
}

async function join(
  nodes: Nodes,
  server: string,
  name: string,
  { nodes: all, objects, api }: ClusterSeen,
  signal: AbortSignal,
): Promise<void> {
  const token = joinTokenOf(nodes, all);
  if (token === undefined) {
    const what = `has no ${k3sPaths.joinToken}, expected K3s to have written the agents' token there`;
    throw new Problem("LAB-K3S-003", server, what);
  }
  if (api === undefined) {
    throw new Problem("LAB-K3S-004", name, "cannot join, because the server's API does not answer");
  }
  const seen = all.get(name) ?? nothingSeen;
  // That it could not be asked about is no sign that a node is gone.
  if (objects?.has(name) === false && seen.hasPassword) await deletePodsOn(api, name, signal);
  const starting = { seen, token, restart: objects?.has(name) !== true, signal };
  const started = await startAgent(nodes, name, starting);
  await untilReady(nodes, api, name, started, signal);
}

export interface StartingAgent extends Omit<Starting, "tokens"> {
  /** The whole of it, as the server writes it. */
  readonly token: string;
}

/** Starts K3s on an agent, which then joins its server by itself. */
export async function startAgent(
  nodes: Nodes,
  name: string,
  { seen, token, restart, signal }: StartingAgent,
): Promise<Started> {
  const tokens = agentTokenFiles(token);
  const former = seen.files.get(labPaths.token)?.sha256;
  if (seen.hasPassword && former !== undefined && tokens.every(({ content }) => sha256(content) !== former)) {
    // Of another cluster: the server was made again, and pods and networks of the cluster before are in the way.
    await nodes.driver.exec(name, [k3sPaths.killAll], { signal, answers: "any" });
  }
  // A kubelet registers its node once, when it starts.
  return startService(nodes, name, { seen, tokens, restart, signal });
}

/** Waits until a node has joined and is Ready, and nothing else is wrong with it. */
export async function untilReady(
  nodes: Nodes,
  api: Api,
  name: string,
  started: Pick<Started, "startedAt">,
  signal: AbortSignal,
  alsoWrong: (node: KubeNode) => string | undefined = () => undefined,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const within = nodes.within(joinTimeout);
  const joined = watchUntil<KubeNode, "joined">({
    api,
    path: `${nodesPath}?fieldSelector=metadata.name%3D${name}`,
    within,
    signal: either,
    look: ([object]) => {
      const reason = obstacleTo(started, object) ?? (object && alsoWrong(object));
      return reason === undefined ? { value: "joined" } : { reason };
    },
    late: (reason) => doesNotRun(nodes, name, `${reason}, expected to be Ready within ${within / 1000} s`),
  });
  const ended = untilEnded(nodes, name, either);
  try {
    const first = await Promise.race([joined, ended]);
    if (first === "ended") throw await doesNotRun(nodes, name, "K3s has ended instead of joining");
  } finally {
    over.abort();
    await Promise.allSettled([joined, ended]);
  }
}

/** Resolves when K3s has ended on a node, also if it was started again since. */
async function untilEnded(nodes: Nodes, name: string, signal: AbortSignal): Promise<"ended"> {
  const { service, manager } = nodes.service(name);
  // Its service manager has just told that it runs.
  await sleep(lookInterval, undefined, { signal });
  return until({
    every: lookInterval,
    within: Infinity,
    signal,
    look: async () => {
      const { stdout } = await nodes.driver.exec(name, ["sh", "-c", manager.endedScript(service)], { signal });
      return stdout === "" ? { reason: "it runs" } : { value: "ended" as const };
    },
  });
}
