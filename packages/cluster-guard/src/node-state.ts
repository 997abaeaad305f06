import { describeWait, isPodReady, type KubeNode, obstacleOf, type Pod, type PodWait, waitOf } from "@k3s-lab/kube";
import type { Facts } from "@k3s-lab/steps";
import type { ClusterApi } from "./cluster-api.js";
import { revisionOf } from "./daemon-set.js";

/** A Linux node, and the guard's pod on it. */
export interface NodeState {
  readonly name: string;
  /** Whether its kubelet reports so. */
  readonly isReady: boolean;
  /** The name of the guard's pod of the wanted revision; undefined where there is none. */
  readonly pod: string | undefined;
  /** Whether that pod has an image to run. */
  readonly hasImage: boolean;
  /** Whether that pod reports that it has done its work. */
  readonly isDone: boolean;
  /** What is waited for otherwise. */
  readonly wait: Wait;
}

interface Wait {
  /** The reason, as a clause: "its pod k3s-lab-guard-x: ErrImagePull: ...". */
  readonly what: string;
  /** Whether an image is waited for. */
  readonly isForImage: boolean;
  /** Whether nothing suggests that it will go on by itself. */
  readonly isStuck: boolean;
}

/** Reads how far each node is, once for all steps that ask before the next action. */
export function seeNodes(api: ClusterApi, revision: string | undefined, facts: Facts): Promise<readonly NodeState[]> {
  return facts.get(`guarded-nodes ${revision}`, () => lookAt(api, revision));
}

/** Reads how far each node is, by name. `revision` undefined: with a pod of any revision. */
export async function lookAt(api: ClusterApi, revision: string | undefined): Promise<readonly NodeState[]> {
  const [nodes, pods] = await Promise.all([api.nodes(), api.pods()]);
  return nodeStates(nodes, pods, revision);
}

export function nodeStates(
  nodes: readonly KubeNode[],
  pods: readonly Pod[],
  revision: string | undefined,
): readonly NodeState[] {
  const wanted = pods.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && (revision === undefined || revisionOf(pod) === revision),
  );
  return nodes
    .filter(({ status }) => status?.nodeInfo?.operatingSystem === "linux")
    .map((node) => {
      const { name } = node.metadata;
      const pod = wanted.find(({ spec }) => spec?.nodeName === name);
      const isReady = obstacleOf(node) === undefined;
      return {
        name,
        isReady,
        pod: pod?.metadata.name,
        hasImage: (pod?.status?.containerStatuses?.[0]?.imageID ?? "") !== "",
        // The API keeps what the pod of a node that is lost has reported last.
        isDone: isReady && pod !== undefined && isPodReady(pod),
        wait: pod === undefined ? noPod : waitFor(pod.metadata.name, waitOf(pod)),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const noPod: Wait = { what: "it has no pod of the guard yet", isForImage: false, isStuck: false };

function waitFor(pod: string, wait: PodWait | undefined): Wait {
  const isUnclear = wait === undefined || wait.kind === "readiness";
  return {
    what: isUnclear ? `its pod ${pod} is not Ready` : `its pod ${pod}: ${describeWait(wait)}`,
    isForImage: wait?.kind === "image",
    isStuck: wait?.outlook === "stuck",
  };
}
