import { join } from "node:path";
import { cacheDir } from "@k3s-lab/host";
import { hostArch } from "@k3s-lab/k3s-source";

/** Returns where the cache keeps the registry's image: a docker-archive, which holds the image's full name. */
export function cachedImage(image: string, arch: string = hostArch().name, cache = cacheDir()): string {
  return join(cache, "images", `${image.replaceAll(/[^\w.-]+/g, "_")}-${arch}.tar`);
}
