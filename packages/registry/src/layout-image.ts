import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Descriptor } from "@k3s-lab/images";
import { hostArch } from "@k3s-lab/k3s-source";

// The image of an OCI layout that holds one: what is done with it without skopeo.

/** A manifest, or an index of some, as far as it matters here. */
interface Contents {
  readonly mediaType?: string;
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** Returns what a layout is asked for: its index with `allPlatforms`, or else the image for the nodes. */
export function imageIn(folder: string, allPlatforms: boolean): Descriptor {
  const { manifests = [] } = readJson(join(folder, "index.json"));
  const [entry = {}] = manifests;
  const { manifests: platforms } = readBlob(folder, entry);
  return platforms === undefined || allPlatforms ? entry : (platforms.find(isNodes) ?? platforms[0] ?? {});
}

function isNodes({ platform }: Descriptor): boolean {
  return platform?.os === "linux" && platform.architecture === hostArch().name;
}

export function blobIn(folder: string, { digest = "" }: Descriptor): string {
  return join(folder, "blobs", digest.replace(":", "/"));
}

export function readBlob(folder: string, entry: Descriptor): Contents {
  return readJson(blobIn(folder, entry));
}

function readJson(path: string): Contents {
  return JSON.parse(readFileSync(path, "utf8")) as Contents;
}
