import { join } from "node:path";
import { cacheDir } from "@k3s-lab/lab";
import { nodeArch } from "./node-arch.js";

/** Where the cache keeps the registry's image: a docker-archive, which holds the image's full name. */
export function archivePath(image: string, arch = nodeArch(), cache = cacheDir()): string {
  return join(cache, "images", `${image.replaceAll(/[^\w.-]+/g, "_")}-${arch}.tar`);
}
