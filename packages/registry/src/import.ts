import type { KubeObject } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type ActionContext, type Facts, type Step, step } from "@k3s-lab/steps";
import type { ClusterObjects } from "./cluster-objects.js";
import { type ImageSupply, unlessBrought } from "./fetch-image.js";
import { k3sOnNode } from "./names.js";
import type { Registry } from "./registry.js";
import type { Nodes, World } from "./world.js";

const pathOnNode = "/var/tmp/k3s-lab-registry-image.tar";

export interface Import {
  readonly image: string;
  /** What the image is for. */
  readonly deployment: KubeObject;
}

/** Hands the fetched image over to the node that runs it, unless K3s brings it there. */
export function importStep(
  { node }: Registry,
  { image, deployment }: Import,
  objects: ClusterObjects,
  { nodes, archive, supply }: Pick<World, "nodes" | "archive" | "supply">,
): Step {
  const isOnNode = async (facts: Facts) => {
    // Where the Deployment runs with it, no crictl need be started to find that out.
    if ((await objects.isRunning(deployment, facts)) && (await objects.lacking([deployment], facts)).length === 0) {
      return true;
    }
    const inspect = [k3sOnNode, "crictl", "inspecti", image];
    const inspected = nodes.exec(node, inspect, { signal: facts.signal, answers: "any", timeout: 20_000 });
    return (await inspected.catch(() => undefined))?.exitCode === 0;
  };
  return step<ImageSupply | undefined>({
    id: "import-registry-image",
    title: "Hand over the registry's image",
    observe: async (facts) => ((await isOnNode(facts)) ? undefined : supply(facts)),
    plan: (lacking) => {
      if (lacking === undefined || lacking.by === "k3s") return [];
      const sentence = `${node}: import ${image}`;
      const unless = lacking.by === undefined ? unlessBrought : undefined;
      if (lacking.isCached) {
        return [{ sentence, provided: unless, run: (context) => importArchive(node, archive, nodes, context) }];
      }
      if (lacking.by === "node") return [];
      // It is not fetched yet; or it could not be, which fetching has noted: then the node pulls it for the pod.
      const provided = unless ?? "if the host can fetch it";
      return [{ sentence, provided, unobservable: true, run: async ({ note }) => note(`${node} will pull ${image}`) }];
    },
  });
}

async function importArchive(node: string, archive: string, nodes: Nodes, { signal }: ActionContext): Promise<void> {
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
