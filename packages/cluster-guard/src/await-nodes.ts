import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@k3s-lab/lab";
import type { Action, ActionContext } from "@k3s-lab/steps";
import type { ClusterApi } from "./cluster-api.js";
import { type NodeState, nodeStates } from "./node-state.js";
import { seeNode } from "./see-node.js";

/** Milliseconds. */
const lookEvery = 300;
const patience = 120_000;
/** From a pod's start until it must say what it waits for. */
const silence = 15_000;

export interface Awaited {
  readonly api: ClusterApi;
  readonly revision: string | undefined;
  /** What becomes of the node: "guard", "remove the guard". */
  readonly what: string;
  /** The service CIDRs that its pod knows. */
  readonly cidrs: readonly string[];
}

/** An action for each node on which the work is not done: it waits for that node's pod. */
export function awaitNodes(states: readonly NodeState[], awaited: Awaited): readonly Action[] {
  const look = shared(() => lookAt(awaited.api, awaited.revision));
  return states
    .filter(({ isDone }) => !isDone)
    .map(({ name }) => ({
      sentence: `${name}: ${awaited.what}`,
      run: (context) => awaitNode(name, awaited, look, context),
    }));
}

export async function lookAt(api: ClusterApi, revision: string | undefined): Promise<readonly NodeState[]> {
  const [nodes, pods] = await Promise.all([api.nodes(), api.pods()]);
  return nodeStates(nodes, pods, revision);
}

async function awaitNode(
  name: string,
  { api, what, cidrs }: Awaited,
  look: () => Promise<readonly NodeState[]>,
  { signal }: ActionContext,
): Promise<void> {
  const started = performance.now();
  let runsSince: number | undefined;
  for (;;) {
    const state = (await look()).find((node) => node.name === name);
    // One that has left the cluster is nobody's any more.
    if (state === undefined || state.isDone) return;
    if (!state.isReady) {
      throw new Problem(name, `is not Ready, so nobody can ${what} there`, {
        remedy: "Its turn comes by itself when it is Ready again; then run the command again to see it.",
      });
    }
    if (state.wait.isStuck) throw new Problem(name, `cannot ${what}: ${state.wait.what}`, remedyFor(state));
    if (state.hasImage && state.pod !== undefined) runsSince ??= performance.now();
    const waited = performance.now();
    if (runsSince !== undefined && waited - runsSince > silence) await sayWhy(state, api, cidrs, what);
    if (waited - started > patience) {
      const warnings = await api.warnings();
      const said = warnings.length === 0 ? "" : `; the cluster says: ${[...new Set(warnings)].slice(-3).join("; ")}`;
      throw new Problem(name, `cannot ${what} within ${patience / 1000} s: ${state.wait.what}${said}`);
    }
    await sleep(lookEvery, undefined, { signal });
  }
}

/** A pod that runs and is not Ready knows why. */
async function sayWhy({ name, pod }: NodeState, api: ClusterApi, cidrs: readonly string[], what: string) {
  const seen = pod === undefined ? undefined : await seeNode(api, pod, cidrs);
  if (seen === undefined || seen.faults.length === 0) return;
  throw new Problem(name, `cannot ${what}: ${seen.faults.join("; ")}`);
}

function remedyFor({ wait }: NodeState): { readonly remedy?: string } {
  return /Image/.test(wait.what)
    ? { remedy: "Bring the image to it: `npm run guard -- --help` says how, docs/guard.md for each distribution." }
    : {};
}

/** Asked by many nodes at once, the cluster is asked once. */
function shared<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let last: { readonly at: number; readonly answer: Promise<Value> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at >= lookEvery) last = { at: performance.now(), answer: ask() };
    return last.answer;
  };
}
