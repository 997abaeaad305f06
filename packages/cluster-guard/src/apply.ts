import { type Step, step } from "@k3s-lab/steps";
import { awaitNodes } from "./await-nodes.js";
import type { ClusterApi } from "./cluster-api.js";
import { type DaemonSet, guardDaemonSet, type GuardOptions, revisionOf } from "./daemon-set.js";
import { object } from "./names.js";
import { type NodeState, seeNodes } from "./node-state.js";

/** Once the image can be had: the DaemonSet, and every node under its guard. */
export function guardSteps(api: ClusterApi, options: GuardOptions): readonly Step[] {
  const wanted = guardDaemonSet(options);
  const { cidrs } = options;
  return [
    applyStep(api, wanted, `to reject what no service of ${cidrs.join(", ")} serves`),
    awaitStep(api, wanted, { id: "guard-the-nodes", title: "Guard the nodes", what: "guard", cidrs }),
  ];
}

/** Applies the DaemonSet where the API reports that it would change something: only the API knows its own defaults. */
export function applyStep(api: ClusterApi, wanted: DaemonSet, why: string): Step {
  return step<"absent" | "other" | "same">({
    id: "apply-the-daemonset",
    title: "Apply the DaemonSet",
    async observe() {
      const seen = await api.daemonSet();
      if (seen === undefined) return "absent";
      const tried = await api.apply(wanted, { dryRun: true });
      return tried.metadata?.generation === seen.metadata?.generation ? "same" : "other";
    },
    plan: (seen) =>
      seen === "same"
        ? []
        : [
            {
              on: "cluster",
              kind: seen === "absent" ? "make" : "change",
              sentence: `${seen === "absent" ? "create" : "change"} ${object} ${why}`,
              run: async () => void (await api.apply(wanted)),
            },
          ],
  });
}

interface Awaiting {
  readonly id: string;
  readonly title: string;
  /** What becomes of each node: "guard". */
  readonly what: string;
  readonly cidrs: readonly string[];
}

/** Waits until the pod of every node has done its work. */
export function awaitStep(api: ClusterApi, { spec }: DaemonSet, { id, title, what, cidrs }: Awaiting): Step {
  const revision = revisionOf(spec?.template);
  return step<readonly NodeState[]>({
    id,
    title,
    parallel: true,
    observe: (facts) => seeNodes(api, revision, facts),
    plan: (states) => awaitNodes(states, { api, revision, what, cidrs }),
  });
}
