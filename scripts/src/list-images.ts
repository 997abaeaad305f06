import type { CachedImage, NodeImage, StoredImage } from "@k3s-lab/registry";
import { alignColumns } from "./align-columns.js";
import { bytesText } from "@k3s-lab/steps";

export interface NodeImages {
  readonly node: string;
  /** Undefined where the node could not be asked. */
  readonly images: readonly NodeImage[] | undefined;
}

/** What registry and nodes hold, as `images --json` prints it. */
export interface ImagesSeen {
  readonly registry: {
    /** "multi:5000" */
    readonly name: string;
    /** Undefined where it does not answer. */
    readonly images: readonly StoredImage[] | undefined;
  };
  /** What the caches of other registries hold; absent where the lab has none on this host. */
  readonly cache?: readonly CachedImage[];
  readonly nodes: readonly NodeImages[];
}

/** Renders what registry and nodes hold, an image a line: what it takes in the registry is compressed, on a node it is not counted twice. */
export function renderImages({ registry, cache, nodes }: ImagesSeen): string {
  const stored = new Map(registry.images?.map((image) => [`${registry.name}/${image.name}`, image]));
  const cached = new Map(cache?.map((image) => [image.name, image.bytes]));
  const inCache = (cell: string) => (cache === undefined ? [] : [cell]);
  const asked = nodes.filter(({ images }) => images !== undefined);
  const onNodes = new Map<string, { readonly bytes: number; readonly nodes: string[] }>();
  for (const { node, images = [] } of asked) {
    for (const { references, bytes } of images) {
      for (const reference of references) {
        const known = onNodes.get(reference) ?? { bytes, nodes: [] };
        known.nodes.push(node);
        onNodes.set(reference, known);
      }
    }
  }
  const references = [...new Set([...stored.keys(), ...cached.keys(), ...onNodes.keys()])].toSorted();
  const size = (bytes: number | undefined) => (bytes === undefined ? "-" : bytesText(bytes));
  const where = (names: readonly string[] = []) =>
    names.length === nodes.length && names.length > 1 ? "all" : names.length === 0 ? "-" : names.join(", ");
  const silent = nodes.filter(({ images }) => images === undefined).map(({ node }) => node);
  return [
    ...alignColumns([
      ["IMAGE", "IN REGISTRY", ...inCache("IN CACHE"), "ON NODE", "NODES"],
      ...references.map((reference) => {
        const { bytes, nodes: names } = onNodes.get(reference) ?? {};
        return [
          short(reference),
          size(stored.get(reference)?.bytes),
          ...inCache(size(cached.get(reference))),
          size(bytes),
          where(names),
        ];
      }),
    ]),
    ...(registry.images === undefined ? ["", `The registry ${registry.name} does not answer.`] : []),
    ...(silent.length === 0
      ? []
      : ["", `Not running, so not asked: ${silent.join(", ")}. \`npm run lab:start\` starts what stands still.`]),
  ].join("\n");
}

/** As a person would write it: a digest is cut to what tells it from others. */
function short(reference: string): string {
  return reference.replace(/^docker\.io\/(?:library\/)?/, "").replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1");
}
