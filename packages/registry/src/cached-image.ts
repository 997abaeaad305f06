import { join } from "node:path";
import { cacheDir } from "@k3s-lab/host";

/** Returns where the cache keeps the registry's image: a docker-archive, which holds the image's full name. */
export function cachedImage(image: string, arch = nodeArch(), cache = cacheDir()): string {
  return join(cache, "images", `${image.replaceAll(/[^\w.-]+/g, "_")}-${arch}.tar`);
}

/** Returns the machines' architecture, which is the host's, as Go and image manifests call it: "amd64". */
export function nodeArch(arch: string = process.arch): string {
  return { x64: "amd64", ia32: "386" }[arch] ?? arch;
}
