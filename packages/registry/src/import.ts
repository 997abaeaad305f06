import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";
import type { ClusterObjects } from "./cluster-objects.js";
import { covers, type KubeObject, nameOf } from "./kube-object.js";
import { k3sOnNode } from "./names.js";
import type { Registry } from "./registry.js";
import { isRolledOut } from "./rollout.js";
import type { Nodes } from "./world.js";

const pathOnNode = "/var/tmp/k3s-lab-registry-image.tar";

export interface Import {
  readonly image: string;
  /** On the host. */
  readonly archive: string;
  /** What the image is for. */
  readonly deployment: KubeObject;
}

/** Gives the fetched image to the node that runs it. */
export function importStep(
  { node }: Registry,
  { image, archive, deployment }: Import,
  objects: ClusterObjects,
  nodes: Nodes,
): Step {
  return step<boolean>({
    id: "hand-over-the-registry-s-image",
    title: "Hand over the registry's image",
    observe: async ({ signal }) => {
      // Where it runs it is there, and nobody need start a crictl to hear so.
      const seen = (await objects.seen(signal)).get(nameOf(deployment));
      if (isRolledOut(seen) && covers(seen, deployment)) return true;
      const inspect = [k3sOnNode, "crictl", "inspecti", image];
      const inspected = nodes.exec(node, inspect, { signal, answers: "any", timeout: 20_000 });
      return (await inspected.catch(() => undefined))?.exitCode === 0;
    },
    plan: (there) =>
      there
        ? []
        : [{ sentence: `${node}: import ${image}`, run: ({ signal }) => importArchive(node, archive, nodes, signal) }],
  });
}

async function importArchive(node: string, archive: string, nodes: Nodes, signal: AbortSignal): Promise<void> {
  await nodes.copyIn(node, archive, pathOnNode, { mode: 0o600 });
  try {
    await nodes.exec(node, [k3sOnNode, "ctr", "--namespace", "k8s.io", "images", "import", pathOnNode], { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Problem("LAB-REG-004", node, `cannot import ${archive}`, {
      remedy: `Remove ${archive}, then run the command again.`,
      cause,
    });
  } finally {
    await nodes.exec(node, ["rm", "-f", pathOnNode], { answers: "any" });
  }
}
