import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { revisionOf } from "./daemon-set.js";

/** A Linux node, and the guard's pod on it. */
export interface NodeState {
  readonly name: string;
  /** Whether its kubelet says so. */
  readonly isReady: boolean;
  /** The guard's pod of the revision that is asked for; undefined where there is none. */
  readonly pod: string | undefined;
  /** Whether that pod has an image to run. */
  readonly hasImage: boolean;
  /** Whether that pod says that it has done its work. */
  readonly isDone: boolean;
  /** What is waited for otherwise. */
  readonly wait: Wait;
}

interface Wait {
  readonly what: string;
  /** Nothing suggests that it will go on by itself. */
  readonly isStuck: boolean;
}

/** By name. `revision` undefined: a pod of any. */
export function nodeStates(
  nodes: readonly V1Node[],
  pods: readonly V1Pod[],
  revision: string | undefined,
): readonly NodeState[] {
  return nodes
    .filter(({ status }) => status?.nodeInfo?.operatingSystem === "linux")
    .map((node) => {
      const name = node.metadata?.name ?? "";
      const own = pods.find(
        (pod) =>
          pod.spec?.nodeName === name &&
          pod.metadata?.deletionTimestamp === undefined &&
          (revision === undefined || revisionOf(pod) === revision),
      );
      const isReady = is("Ready", node.status?.conditions);
      return {
        name,
        isReady,
        pod: own?.metadata?.name,
        hasImage: (own?.status?.containerStatuses?.[0]?.imageID ?? "") !== "",
        // What an unreachable node's pod has said last, it says for ever.
        isDone: isReady && is("Ready", own?.status?.conditions),
        wait: waitOf(own),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function is(type: string, conditions: readonly { readonly type: string; readonly status: string }[] = []): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}

/** A pull is tried again for a while: a registry may be away for a moment. */
const stuck = new Set(["ErrImageNeverPull", "InvalidImageName", "ImagePullBackOff", "CrashLoopBackOff"]);

function waitOf(pod: V1Pod | undefined): Wait {
  if (pod === undefined) return { what: "it has no pod of the guard yet", isStuck: false };
  const name = pod.metadata?.name;
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting === undefined) return { what: `its pod ${name} is not Ready`, isStuck: false };
  const { reason = "waiting", message } = waiting;
  return {
    what: `its pod ${name}: ${message === undefined ? reason : `${reason}: ${message}`}`,
    isStuck: stuck.has(reason),
  };
}
