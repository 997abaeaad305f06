import { existsSync } from "node:fs";
import { foreseeRelease } from "@k3s-lab/cluster";
import { fullName } from "@k3s-lab/images";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { cachedImage } from "./cached-image.js";
import { readRegistry } from "./record.js";
import { serves } from "./registry-api.js";

/** The registry's image in the cache, unless K3s brings it or the registry's node has it. */
export function fetchImageStep(lab: Lab): Step {
  const { image } = lab.config.registry;
  const path = cachedImage(image);
  return step<boolean>({
    id: "fetch-registry-image",
    title: "Fetch the registry's image",
    observe: async ({ signal }) => {
      if (existsSync(path)) return true;
      const { source, archives } = await foreseeRelease(lab);
      if (source === "modules" || archives.some(({ images }) => images?.includes(fullName(image)))) return true;
      // Its node has the image: where the host cannot get it, nobody should wait for that at every `up`.
      const registry = readRegistry(lab);
      return registry !== undefined && serves(registry.endpoint, signal);
    },
    plan: (isThere) =>
      isThere
        ? []
        : [
            {
              sentence: `host: fetch ${image}`,
              unobservable: true,
              run: async (context) => {
                const { fetchArchive } = await import("./fetch-archive.js");
                await fetchArchive(image, path, context);
              },
            },
          ],
  });
}
