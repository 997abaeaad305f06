import type { V1DaemonSet } from "@kubernetes/client-node";
import { type Step, step } from "@k3s-lab/steps";
import { awaitNodes, lookAt } from "./await-nodes.js";
import type { ClusterApi } from "./cluster-api.js";
import { guardDaemonSet, type GuardOptions, revisionOf } from "./daemon-set.js";
import { names } from "./names.js";
import type { NodeState } from "./node-state.js";

const object = `DaemonSet ${names.namespace}/${names.daemonSet}`;

/** After the image is there: the DaemonSet, and every node under its guard. */
export function guardSteps(api: ClusterApi, options: GuardOptions): readonly Step[] {
  const wanted = guardDaemonSet(options);
  const revision = revisionOf(wanted.spec?.template);
  const { cidrs } = options;
  return [
    applyStep(api, wanted, `to reject what nobody serves of ${cidrs.join(", ")}`),
    step<readonly NodeState[]>({
      id: "guard-the-nodes",
      title: "Guard the nodes",
      parallel: true,
      observe: () => lookAt(api, revision),
      plan: (states) => awaitNodes(states, { api, revision, what: "guard", cidrs }),
    }),
  ];
}

/** The API itself says whether it would change something: it knows its own defaults. */
export function applyStep(api: ClusterApi, wanted: V1DaemonSet, why: string): Step {
  return step<"absent" | "other" | "same">({
    id: "apply-the-daemonset",
    title: "Apply the DaemonSet",
    async observe() {
      const there = await api.daemonSet();
      if (there === undefined) return "absent";
      const tried = await api.apply(wanted, { try: true });
      return tried.metadata?.generation === there.metadata?.generation ? "same" : "other";
    },
    plan: (seen) =>
      seen === "same"
        ? []
        : [
            {
              sentence: `${seen === "absent" ? "create" : "change"} ${object} ${why}`,
              run: async () => void (await api.apply(wanted)),
            },
          ],
  });
}
