import { statSync } from "node:fs";
import type { Descriptor } from "@k3s-lab/images";
import { LayerBytes } from "@k3s-lab/images/skopeo";
import type { Progress } from "@k3s-lab/steps";
import { blobIn, imageIn, readBlob } from "./layout-image.js";
import { type Destination, putBlob, putManifest } from "./registry-api.js";

export interface PushingLayout extends Destination {
  /** Whether an index goes with all that it names. Default: the nodes' platform alone, as if there were no other. */
  readonly allPlatforms: boolean;
  readonly progress: Progress;
}

/**
 * Pushes the image of an OCI layout that holds one, as it is: on a host without skopeo. Resolves with the digest that it has in the
 * registry.
 */
export async function pushLayout(folder: string, pushing: PushingLayout): Promise<string> {
  const chosen = imageIn(folder, pushing.allPlatforms);
  await pushEntry(folder, chosen, { ...pushing, layers: new LayerBytes(pushing.progress) });
  return chosen.digest ?? "";
}

interface PushingParts extends PushingLayout {
  /** Of all platforms that are pushed. */
  readonly layers: LayerBytes;
}

async function pushEntry(folder: string, entry: Descriptor, pushing: PushingParts): Promise<void> {
  const { digest = "" } = entry;
  const contents = readBlob(folder, entry);
  for (const part of contents.manifests ?? []) await pushEntry(folder, part, { ...pushing, tag: part.digest ?? "" });
  for (const layer of contents.layers ?? []) await pushLayer(folder, layer, pushing);
  if (contents.config !== undefined) await pushConfiguration(folder, contents.config, pushing);
  const path = blobIn(folder, { digest });
  const type = contents.mediaType ?? entry.mediaType ?? "application/vnd.oci.image.manifest.v1+json";
  await putManifest({ path, size: statSync(path).size }, type, pushing);
}

async function pushLayer(folder: string, part: Descriptor, pushing: PushingParts): Promise<void> {
  const { layers } = pushing;
  const path = blobIn(folder, part);
  const { size } = statSync(path);
  const id = shortDigest(part);
  const sent = (bytes: number) => layers.copied(id, bytes, size);
  const isNew = await putBlob(part.digest ?? "", { path, size, sent }, pushing, () => layers.begun(id));
  if (isNew) layers.ended(id);
  else layers.thereAlready(id);
}

async function pushConfiguration(folder: string, part: Descriptor, pushing: PushingParts): Promise<void> {
  const path = blobIn(folder, part);
  const copies = () => pushing.progress(`copying configuration ${shortDigest(part)}`);
  await putBlob(part.digest ?? "", { path, size: statSync(path).size }, pushing, copies);
}

/** The twelve digits that a digest begins with. */
function shortDigest({ digest = "" }: Descriptor): string {
  return digest.replace(/^.*:/, "").slice(0, 12);
}
