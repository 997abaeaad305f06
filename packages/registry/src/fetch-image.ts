import { existsSync } from "node:fs";
import { queryOf } from "@k3s-lab/cluster";
import { type Foreseen, foreseeRelease, isModules } from "@k3s-lab/k3s-source";
import { fullName } from "@k3s-lab/images";
import type { Lab } from "@k3s-lab/lab";
import { type Facts, type Step, step } from "@k3s-lab/steps";
import { cachedImage } from "./cached-image.js";
import { readRegistry } from "./record.js";
import { serves } from "./registry-api.js";

/** How the registry's image comes onto the node that runs it. */
export interface ImageSupply {
  /** Whether the host's cache has it. */
  readonly isCached: boolean;
  /**
   * `k3s` brings it in an archive of its own, the `host` fetches it and hands it over, or the `node` has to pull it.
   * Undefined where only fetching K3s will tell whether K3s or the host brings it.
   */
  readonly by: "k3s" | "host" | "node" | undefined;
}

/** Looks at what is known of K3s, and at the cache. */
export function seeSupply(lab: Lab, facts: Facts): Promise<ImageSupply> {
  const { image } = lab.config.registry;
  return facts.get("registry-image-supply", async () => ({
    isCached: existsSync(cachedImage(image)),
    by: bringerOf(image, await foreseeRelease(queryOf(lab))),
  }));
}

/** What of a K3s tells which images it brings. */
type Supplied = Pick<Foreseen, "source" | "binary" | "archives">;

/** Tells who brings the image, by what is known of K3s. */
export function bringerOf(image: string, { source, binary, archives }: Supplied): ImageSupply["by"] {
  if (archives.some(({ images }) => images?.includes(fullName(image)))) return "k3s";
  const isFetched = binary.sha256 !== "";
  // The build from modules is taken where no release is reached: no registry is either, and it has an image of its own.
  if (isModules(source)) return isFetched ? "node" : "k3s";
  return isFetched || source === "release" ? "host" : undefined;
}

/** The condition of an action that is not needed where K3s turns out to bring the image. */
export const unlessBrought = "if K3s does not bring it";

/** Fetches the image that the host is to hand over into the cache, unless the registry runs with it already. */
export function fetchImageStep(lab: Lab): Step {
  const { image } = lab.config.registry;
  return step<ImageSupply | undefined>({
    id: "fetch-registry-image",
    title: "Fetch the registry's image",
    observe: async (facts) => {
      const supply = await seeSupply(lab, facts);
      if (supply.isCached || supply.by === "k3s" || supply.by === "node") return undefined;
      // Its node has the image: where the host cannot get it, an `up` should not wait for that each time.
      const registry = readRegistry(lab);
      return registry !== undefined && (await serves(registry.access, facts.signal)) ? undefined : supply;
    },
    plan: (lacking) =>
      lacking === undefined
        ? []
        : [
            {
              on: "host",
              kind: "make",
              sentence: `host: fetch ${image}`,
              provided: lacking.by === undefined ? unlessBrought : undefined,
              unobservable: true,
              run: async (context) => {
                const { fetchArchive } = await import("./fetch-archive.js");
                await fetchArchive(image, cachedImage(image), context);
              },
            },
          ],
  });
}
