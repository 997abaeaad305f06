import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@k3s-lab/problem";
import type { Action, Work } from "@k3s-lab/steps";
import type { ClusterApi } from "./cluster-api.js";
import { type NodeState, nodeStates } from "./node-state.js";
import { Refused } from "./refusal.js";
import { seeNode } from "./see-node.js";

/** Milliseconds. */
export interface Limits {
  /** Between two looks at the cluster. */
  readonly pause: number;
  /** For a node whose kubelet starts anew. */
  readonly absence: number;
  /** From a pod's start until it must say what it waits for. */
  readonly silence: number;
  readonly all: number;
}

const usual: Limits = { pause: 300, absence: 20_000, silence: 45_000, all: 180_000 };

export interface Awaited {
  readonly api: ClusterApi;
  readonly revision: string | undefined;
  /** What becomes of the node: "guard", "remove the guard". */
  readonly what: string;
  /** The service CIDRs that its pod knows. */
  readonly cidrs: readonly string[];
  readonly limits?: Limits;
}

/** An action for each node on which the work is not done: it waits for that node's pod. */
export function awaitNodes(states: readonly NodeState[], awaited: Awaited): readonly Action[] {
  const { limits = usual } = awaited;
  const look = shared(() => lookAt(awaited.api, awaited.revision), limits.pause);
  return states
    .filter(({ isDone }) => !isDone)
    .map(({ name }) => ({
      sentence: `${name}: ${awaited.what}`,
      run: (context) => awaitNode(name, { ...awaited, limits }, look, context),
    }));
}

export async function lookAt(api: ClusterApi, revision: string | undefined): Promise<readonly NodeState[]> {
  const [nodes, pods] = await Promise.all([api.nodes(), api.pods()]);
  return nodeStates(nodes, pods, revision);
}

async function awaitNode(
  name: string,
  { api, what, cidrs, limits }: Required<Awaited>,
  look: () => Promise<readonly NodeState[]>,
  { signal }: Work,
): Promise<void> {
  const waited = { all: stopwatch(), absent: stopwatch(), running: stopwatch() };
  for (;;) {
    const states = await look().catch((error: unknown) => {
      // A server that starts anew answers again.
      if (signal.aborted || error instanceof Refused || waited.all(true) > limits.all) throw error;
      return undefined;
    });
    const state = states?.find((node) => node.name === name);
    // One that has left the cluster is nobody's any more.
    if (states !== undefined && (state === undefined || state.isDone)) return;
    if (state !== undefined) {
      if (waited.absent(!state.isReady) > limits.absence) throw absent(name, what);
      if (state.wait.isStuck)
        throw new Problem("LAB-GRD-001", name, `cannot ${what}: ${state.wait.what}`, remedyFor(state));
      if (waited.running(state.hasImage) > limits.silence) await sayWhy(state, api, cidrs, what);
      if (waited.all(true) > limits.all) throw await late(state, api, what, limits);
    }
    await sleep(limits.pause, undefined, { signal });
  }
}

/** Milliseconds since something has begun to hold. */
function stopwatch(): (holds: boolean) => number {
  let since: number | undefined;
  return (holds) => {
    since = holds ? (since ?? performance.now()) : undefined;
    return since === undefined ? 0 : performance.now() - since;
  };
}

function absent(name: string, what: string): Problem {
  return new Problem("LAB-GRD-002", name, `is not Ready, so nobody can ${what} there`, {
    remedy: "Its turn comes by itself when it is Ready again; then run the command again to see it.",
  });
}

async function late({ name, wait }: NodeState, api: ClusterApi, what: string, { all }: Limits): Promise<Problem> {
  const warnings = [...new Set(await api.warnings())].slice(-3);
  const said = warnings.length === 0 ? "" : `; the cluster says: ${warnings.join("; ")}`;
  return new Problem("LAB-GRD-003", name, `cannot ${what} within ${all / 1000} s: ${wait.what}${said}`);
}

/** A pod that runs and is not Ready knows why. */
async function sayWhy({ name, pod }: NodeState, api: ClusterApi, cidrs: readonly string[], what: string) {
  if (pod === undefined || cidrs.length === 0) return;
  const seen = await seeNode(api, pod, cidrs).catch(() => undefined); // It may just be ending.
  if (seen === undefined || seen.faults.length === 0) return;
  throw new Problem("LAB-GRD-004", name, `cannot ${what}: ${seen.faults.join("; ")}`);
}

function remedyFor({ wait }: NodeState): { readonly remedy?: string } {
  return /Image/.test(wait.what)
    ? { remedy: "Bring the image to it: `npm run guard -- --help` says how, docs/guard.md for each distribution." }
    : {};
}

/** Asked by many nodes at once, the cluster is asked once. */
function shared<Value>(ask: () => Promise<Value>, pause: number): () => Promise<Value> {
  let last: { readonly at: number; readonly answer: Promise<Value> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at >= pause) last = { at: performance.now(), answer: ask() };
    return last.answer;
  };
}
