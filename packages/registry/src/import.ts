import type { KubeObject } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Action, type ActionContext, type Facts, type Step, step } from "@k3s-lab/steps";
import { namesOf } from "./cached-image.js";
import type { ClusterObjects } from "./cluster-objects.js";
import { type ImageSupply, unlessBrought } from "./fetch-image.js";
import { copyingTo, ctrImages, hasImage, importOn } from "./node-images.js";
import type { Registry } from "./registry.js";
import type { Nodes, World } from "./world.js";

const pathOnNode = "/var/tmp/k3s-lab-registry-image.tar";

export interface Import {
  readonly image: string;
  /** What the image is for. */
  readonly deployment: KubeObject;
}

/** Hands the fetched image over to the nodes that run it, unless K3s brings it there. */
export function importStep(
  { nodes: on }: Registry,
  { image, deployment }: Import,
  objects: ClusterObjects,
  { nodes, archive, supply }: Pick<World, "nodes" | "archive" | "supply">,
): Step {
  const isOnNode = async (node: string, facts: Facts) => {
    // Where the Deployment runs with it, no crictl need be started to find that out.
    if ((await objects.isRunning(deployment, facts)) && (await objects.lacking([deployment], facts)).length === 0) {
      return true;
    }
    return hasImage(node, image, nodes, facts.signal);
  };
  return step<{ readonly supply: ImageSupply; readonly lacking: readonly string[] }>({
    id: "import-registry-image",
    title: "Hand over the registry's image",
    parallel: true,
    observe: async (facts) => {
      const found = await supply(facts);
      if (!concernsHost(found)) return { supply: found, lacking: [] };
      const has = await Promise.all(on.map((node) => isOnNode(node, facts)));
      return { supply: found, lacking: on.filter((_, index) => has[index] === false) };
    },
    plan: ({ supply: { by, isCached }, lacking }) =>
      lacking.map((node): Action => {
        const what = { on: node, kind: "make", sentence: `${node}: import ${image}` } as const;
        const unless = by === undefined ? unlessBrought : undefined;
        if (isCached) {
          const run = (context: ActionContext) => importArchive(node, { image, archive }, nodes, context);
          return { ...what, provided: unless, run };
        }
        // It is not fetched yet; or it could not be, which fetching has noted: then the node pulls it for the pod.
        const provided = unless ?? "if the host can fetch it";
        return { ...what, provided, unobservable: true, run: async ({ note }) => note(`${node} will pull ${image}`) };
      }),
  });
}

/** Tells whether the host may have to do something: not where K3s brings the image, or its node is left to pull it. */
function concernsHost({ by, isCached }: ImageSupply): boolean {
  return by !== "k3s" && (by !== "node" || isCached);
}

async function importArchive(
  node: string,
  { image, archive }: { readonly image: string; readonly archive: string },
  nodes: Nodes,
  { signal, progress }: ActionContext,
): Promise<void> {
  const { archived, pinned } = namesOf(image);
  await nodes.copyIn(node, archive, pathOnNode, { mode: 0o600, copied: copyingTo(node, archive, image, progress) });
  try {
    await importOn(node, pathOnNode, nodes, { archive, progress, signal });
    // The kubelet asks for a pinned image by its digest alone, which an archive cannot tell. Fetching has checked it.
    if (pinned !== undefined) await nodes.exec(node, [...ctrImages, "tag", "--force", archived, pinned], { signal });
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
