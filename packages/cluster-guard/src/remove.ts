import { Problem } from "@k3s-lab/problem";
import { type Facts, type Step, step, until } from "@k3s-lab/steps";
import { applyStep, awaitStep } from "./apply.js";
import type { ClusterApi } from "./cluster-api.js";
import { optionsOf, removalDaemonSet } from "./daemon-set.js";
import { object } from "./names.js";

/** Milliseconds until the pods of a deleted DaemonSet are gone. */
const timeout = 60_000;
const lookEvery = 200;

/** First the DaemonSet itself cleans every node, then it is deleted. No steps where there is no DaemonSet. */
export async function removalSteps(api: ClusterApi): Promise<readonly Step[]> {
  const seen = await api.daemonSet();
  if (seen === undefined) return [];
  const options = optionsOf(seen);
  if (options === undefined) {
    throw new Problem("LAB-GRD-013", object, "is not managed by k3s-lab, so it is not removed", {
      remedy: "Look at what it is, and delete it yourself.",
    });
  }
  const wanted = removalDaemonSet(options);
  const whileItExists = (inner: Step) => ({
    ...inner,
    observe: async (facts: Facts) => ((await api.daemonSet()) === undefined ? undefined : inner.observe(facts)),
    plan: (state: unknown) => (state === undefined ? [] : inner.plan(state)),
  });
  const awaiting = { id: "clean-the-nodes", title: "Clean the nodes", what: "remove the guard", cidrs: [] };
  return [
    whileItExists(applyStep(api, wanted, "to clean the nodes")),
    whileItExists(awaitStep(api, wanted, awaiting)),
    step<boolean>({
      id: "delete-the-daemonset",
      title: "Delete the DaemonSet",
      observe: async () => (await api.daemonSet()) !== undefined,
      plan: (exists) =>
        exists
          ? [
              {
                on: "cluster",
                kind: "remove",
                sentence: `delete ${object}`,
                run: ({ signal }) => deleteDaemonSet(api, signal),
              },
            ]
          : [],
    }),
  ];
}

async function deleteDaemonSet(api: ClusterApi, signal: AbortSignal): Promise<void> {
  await api.delete();
  await until({
    every: lookEvery,
    within: timeout,
    signal,
    look: async () => {
      const pods = await api.pods();
      return pods.length === 0 ? { value: true } : { reason: pods.map(({ metadata }) => metadata.name).join(", ") };
    },
    late: (left) =>
      new Problem("LAB-GRD-014", object, `is deleted, but after ${timeout / 1000} s its pods still exist: ${left}`),
  });
}
