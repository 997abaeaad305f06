import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@k3s-lab/problem";
import { type Facts, type Step, step } from "@k3s-lab/steps";
import { applyStep } from "./apply.js";
import { awaitNodes, lookAt } from "./await-nodes.js";
import type { ClusterApi } from "./cluster-api.js";
import { optionsOf, removalDaemonSet, revisionOf } from "./daemon-set.js";
import { names } from "./names.js";
import type { NodeState } from "./node-state.js";

const object = `DaemonSet ${names.namespace}/${names.daemonSet}`;
/** Milliseconds until the pods of a DaemonSet that is deleted are gone. */
const patience = 60_000;
const lookEvery = 200;

/** First every node is cleaned by the DaemonSet itself, then it goes. None where there is no DaemonSet. */
export async function removalSteps(api: ClusterApi): Promise<readonly Step[]> {
  const there = await api.daemonSet();
  if (there === undefined) return [];
  const options = optionsOf(there);
  if (options === undefined) {
    throw new Problem("LAB-GRD-013", object, "was not made by k3s-lab, so it stays", {
      remedy: "Look what it is, and delete it yourself.",
    });
  }
  const wanted = removalDaemonSet(options);
  const revision = revisionOf(wanted.spec?.template);
  const whileThere = (inner: Step) => ({
    ...inner,
    observe: async (facts: Facts) => ((await api.daemonSet()) === undefined ? undefined : inner.observe(facts)),
    plan: (seen: unknown) => (seen === undefined ? [] : inner.plan(seen)),
  });
  return [
    whileThere(applyStep(api, wanted, "to clean the nodes")),
    whileThere(
      step<readonly NodeState[]>({
        id: "clean-the-nodes",
        title: "Clean the nodes",
        parallel: true,
        observe: () => lookAt(api, revision),
        plan: (states) => awaitNodes(states, { api, revision, what: "remove the guard", cidrs: [] }),
      }),
    ),
    step<boolean>({
      id: "delete-the-daemonset",
      title: "Delete the DaemonSet",
      observe: async () => (await api.daemonSet()) !== undefined,
      plan: (isThere) =>
        isThere ? [{ sentence: `delete ${object}`, run: ({ signal }) => deleteDaemonSet(api, signal) }] : [],
    }),
  ];
}

async function deleteDaemonSet(api: ClusterApi, signal: AbortSignal): Promise<void> {
  await api.delete();
  const end = performance.now() + patience;
  for (;;) {
    const pods = await api.pods();
    if (pods.length === 0) return;
    if (performance.now() > end) {
      const left = pods.map(({ metadata }) => metadata?.name).join(", ");
      throw new Problem(
        "LAB-GRD-014",
        object,
        `is deleted, but after ${patience / 1000} s its pods ${left} are still there`,
      );
    }
    await sleep(lookEvery, undefined, { signal });
  }
}
