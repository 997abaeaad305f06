import { messageOf, Problem } from "@k3s-lab/problem";
import { type Action, stopwatch, until, type Work } from "@k3s-lab/steps";
import { type ClusterApi, isRefusal } from "./cluster-api.js";
import { lookAt, type NodeState } from "./node-state.js";
import { seeNode } from "./see-node.js";

/** Milliseconds. */
export interface Limits {
  /** Between two looks at the cluster. */
  readonly pause: number;
  /** For a node whose kubelet restarts. */
  readonly absence: number;
  /** From the start of a pod's program until it is asked why it is not Ready. */
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

/** Returns an action for each node on which the work is not done: it waits for that node's pod. */
export function awaitNodes(states: readonly NodeState[], awaited: Awaited): readonly Action[] {
  const { limits = usual } = awaited;
  const look = shared(() => lookAt(awaited.api, awaited.revision), limits.pause);
  return states
    .filter(({ isDone }) => !isDone)
    .map(({ name }) => ({
      on: name,
      kind: "change",
      sentence: `${name}: ${awaited.what}`,
      run: (context) => awaitNode(name, { ...awaited, limits }, look, context),
    }));
}

async function awaitNode(
  name: string,
  { api, what, cidrs, limits }: Required<Awaited>,
  look: () => Promise<readonly NodeState[]>,
  { signal }: Work,
): Promise<void> {
  const [absent, running] = [stopwatch(), stopwatch()];
  const refuseUseless = async (state: NodeState) => {
    const { isReady, hasImage, wait } = state;
    if (absent(!isReady) > limits.absence) {
      throw new Problem("LAB-GRD-002", name, `cannot ${what}: the node is not Ready`, {
        remedy: "It goes on by itself once the node is Ready; then run the command again to check.",
      });
    }
    if (wait.isStuck) {
      throw new Problem("LAB-GRD-001", name, `cannot ${what}: ${wait.what}`, {
        remedy: wait.isForImage
          ? "Bring the image to it: `npm run guard -- --help` tells how, docs/guard.md for each distribution."
          : undefined,
      });
    }
    if (running(hasImage) > limits.silence) await reportFaults(state, api, cidrs, what);
  };
  const nodeIsDone = async () => {
    const states = await look().catch((error: unknown) => {
      if (signal.aborted || isRefusal(error)) throw error;
      // A server that restarts will answer again.
      return messageOf(error);
    });
    if (typeof states === "string") return { reason: states };
    const state = states.find((node) => node.name === name);
    // A node that has left the cluster needs no guard.
    if (state === undefined || state.isDone) return { value: true };
    await refuseUseless(state);
    return { reason: state.wait.what };
  };
  await until({
    look: nodeIsDone,
    every: limits.pause,
    within: limits.all,
    signal,
    late: async (reason) => {
      const warnings = [...new Set(await api.warnings())].slice(-3);
      const warned = warnings.length === 0 ? "" : `; the cluster warns: ${warnings.join("; ")}`;
      return new Problem("LAB-GRD-003", name, `cannot ${what} within ${limits.all / 1000} s: ${reason}${warned}`);
    },
  });
}

/** Asks the pod itself, which knows why it runs and is not Ready. */
async function reportFaults({ name, pod }: NodeState, api: ClusterApi, cidrs: readonly string[], what: string) {
  if (pod === undefined || cidrs.length === 0) return;
  const { faults = [] } = (await seeNode(api, pod, cidrs).catch(() => undefined)) ?? {}; // It may just be ending.
  if (faults.length > 0) throw new Problem("LAB-GRD-004", name, `cannot ${what}: ${faults.join("; ")}`);
}

/** Lets those who ask within `pause` milliseconds share an answer: many nodes ask, and the cluster is asked once. */
function shared<Value>(ask: () => Promise<Value>, pause: number): () => Promise<Value> {
  let last: { readonly at: number; readonly answer: Promise<Value> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at >= pause) last = { at: performance.now(), answer: ask() };
    return last.answer;
  };
}
