import { join } from "node:path";
import { cacheDir, type CacheEntry, folderEntries } from "@k3s-lab/host";
import { formatReference, fullName, parseReference, type Reference } from "@k3s-lab/images";
import { hostArch } from "@k3s-lab/k3s-source";

/** What an image is called where a name can have a tag or a digest, and not both. */
export interface ImageNames {
  /** What it is fetched by: "docker.io/library/registry@sha256:...", or by its tag. */
  readonly source: string;
  /** What it is called in an archive, which holds tags only: "docker.io/library/registry:3". */
  readonly archived: string;
  /** What the node's container runtime finds it by, where lab.yaml names its digest. */
  readonly pinned?: string;
}

/** Returns the names of an image of lab.yaml, which may have a tag, a digest, or both: then the digest decides. */
export function namesOf(image: string): ImageNames {
  const { tag, digest, ...name }: Reference = parseReference(fullName(image)) ?? { path: image };
  if (digest === undefined)
    return { source: formatReference({ ...name, tag }), archived: formatReference({ ...name, tag }) };
  const pinned = formatReference({ ...name, digest });
  const [, hex = ""] = digest.split(":");
  return { source: pinned, archived: formatReference({ ...name, tag: tag ?? hex.slice(0, 12) }), pinned };
}

/** Lists the images of registries that the cache keeps; `needed`: those that lab.yaml of some lab names. */
export function cachedImages(needed: readonly string[], cache = cacheDir()): readonly CacheEntry[] {
  const paths = new Set(needed.map((image) => cachedImage(image, hostArch().name, cache)));
  return folderEntries(join(cache, "images"), { what: "image of a registry", isNeeded: (path) => paths.has(path) });
}

/** Returns where the cache keeps the registry's image: a docker-archive. */
export function cachedImage(image: string, arch: string = hostArch().name, cache = cacheDir()): string {
  return join(cache, "images", `${image.replaceAll(/[^\w.-]+/g, "_")}-${arch}.tar`);
}
