import { type Action, bytesText, type Step, step } from "@k3s-lab/steps";
import { imagesOn, type NodeImage } from "./node-images.js";
import { k3sOnNode } from "./names.js";
import type { Nodes } from "./world.js";

/** Milliseconds. */
const timeouts = { look: 20_000, remove: 10 * 60_000 };

type Entering = Pick<Nodes, "exec" | "timeoutFactor">;

/**
 * Removes from the nodes the images that have lost their names to newer ones and that no container uses. The kubelet would do it only when
 * the disk is nearly full, which for a container is the host's. What has a name stays: it may have been loaded for later.
 */
export function collectNodeImagesStep(names: readonly string[], nodes: Entering, freed: (bytes: number) => void): Step {
  return step<ReadonlyMap<string, readonly NodeImage[]>>({
    id: "collect-node-images",
    title: "Collect images of nodes",
    parallel: true,
    observe: async ({ signal }) =>
      new Map(await Promise.all(names.map(async (node) => [node, await namelessOn(node, nodes, signal)] as const))),
    plan: (seen) =>
      [...seen].flatMap(([node, images]): readonly Action[] => {
        if (images.length === 0) return [];
        const bytes = images.reduce((sum, image) => sum + image.bytes, 0);
        const count = images.length === 1 ? "1 image" : `${images.length} images`;
        return [
          {
            on: node,
            kind: "remove",
            sentence: `${node}: remove ${count} (${bytesText(bytes)}) whose name another has taken`,
            run: async ({ signal }) => {
              const remove = [k3sOnNode, "crictl", "rmi", ...images.map(({ id }) => id)];
              await nodes.exec(node, remove, { signal, timeout: timeouts.remove * nodes.timeoutFactor });
              freed(bytes);
            },
          },
        ];
      }),
  });
}

async function namelessOn(node: string, nodes: Entering, signal: AbortSignal): Promise<readonly NodeImage[]> {
  const [images, used] = await Promise.all([imagesOn(node, nodes, signal), usedOn(node, nodes, signal)]);
  // An image without a tag is named by digests alone.
  return images.filter(
    ({ id, references }) => !used.has(id) && references.every((each) => each.includes("@") && !used.has(each)),
  );
}

/** What containers of a node, running or not, name as their images: ids, digests, tags. */
async function usedOn(node: string, nodes: Entering, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const argv = [k3sOnNode, "crictl", "ps", "-a", "-o", "json"];
  const { stdout } = await nodes.exec(node, argv, { signal, timeout: timeouts.look * nodes.timeoutFactor });
  return usedIn(stdout);
}

/** Parses what `crictl ps -a -o json` prints. */
export function usedIn(text: string): ReadonlySet<string> {
  const { containers } = JSON.parse(text) as { readonly containers?: readonly CriContainer[] | null };
  return new Set((containers ?? []).flatMap(({ imageRef = "", image }) => [imageRef, image?.image ?? ""]));
}

interface CriContainer {
  readonly imageRef?: string;
  readonly image?: { readonly image?: string };
}
