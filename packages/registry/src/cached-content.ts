import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "@k3s-lab/lab";
import { cachedImages, machinesRecord } from "@k3s-lab/machines";
import { bytesText, type Step, step } from "@k3s-lab/steps";
import { folderOf } from "./cache.js";

// What the caches have, as distribution's registry keeps it in files: the upstream's names are folders, and each blob is a file that
// is named by its sum.

/** An image that a cache holds. */
export interface CachedImage {
  /** "docker.io/library/hello:1" */
  readonly name: string;
  readonly digest: string;
  /** What of it the cache has. */
  readonly bytes: number;
}

/** Returns the folder of this host that a lab's caches are in; undefined where they are on a machine of their own, or there are none. */
export function cacheFolder({ state }: Pick<Lab, "state">): string | undefined {
  return state.read(machinesRecord)?.mounts?.find(({ to }) => to === cachedImages.inside)?.from;
}

/** Lists what the caches of these registries have, by the tags that were pulled. */
export function cachedIn(folder: string, registries: readonly string[]): readonly CachedImage[] {
  return registries.flatMap((registry) => {
    const store = join(folder, folderOf(registry), "docker/registry/v2");
    const links = filesIn(join(store, "repositories")).flatMap((file) => {
      const [, repository = "", tag = ""] = /^(.+)\/_manifests\/tags\/([^/]+)\/current\/link$/.exec(file) ?? [];
      return repository === "" ? [] : [{ repository, tag, file }];
    });
    return links.map(({ repository, tag, file }) => {
      const digest = readFileSync(join(store, "repositories", file), "utf8").trim();
      return { name: `${registry}/${repository}:${tag}`, digest, bytes: bytesOf(store, digest) };
    });
  });
}

interface Manifest {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/** Returns the size of an image's parts, as far as they were pulled. */
function bytesOf(store: string, digest: string): number {
  const { config, layers = [], manifests = [] } = manifestAt(store, digest);
  const blobs = [...(config ? [config] : []), ...layers].map((each) => sizeOf(blobAt(store, each.digest)));
  return [...blobs, ...manifests.map((each) => bytesOf(store, each.digest))].reduce((sum, size) => sum + size, 0);
}

function manifestAt(store: string, digest: string): Manifest {
  try {
    return JSON.parse(readFileSync(blobAt(store, digest), "utf8")) as Manifest;
  } catch {
    // gc has removed it, or it was never pulled.
    return {};
  }
}

function blobAt(store: string, digest: string): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return join(store, "blobs", algorithm, hex.slice(0, 2), hex, "data");
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Returns the files below a folder, relative to it; none where there is no such folder. */
function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

/** Milliseconds. */
const day = 24 * 60 * 60_000;

interface Unused {
  readonly folder: string;
  readonly blobs: readonly string[];
  readonly bytes: number;
}

/**
 * Removes what nobody has pulled through the caches for so many days. A cache that serves meanwhile fetches again what it lacks; what
 * it sends at that moment, it goes on sending. `freed` hears of the bytes.
 */
export function collectCachedImagesStep(folder: string, days: number, freed: (bytes: number) => void): Step {
  return step<readonly Unused[]>({
    id: "collect-cached-images",
    title: "Collect cached images",
    observe: async () => (existsSync(folder) ? readdirSync(folder).map((name) => unusedIn(folder, name, days)) : []),
    plan: (all) =>
      all
        .filter(({ blobs }) => blobs.length > 0)
        .map(({ folder: name, blobs, bytes }) => ({
          on: "host",
          kind: "remove",
          sentence: `host: remove ${blobs.length} blobs (${bytesText(bytes)}) of ${name} that were not pulled for ${days} days`,
          run: async () => {
            // The folder of a blob is named by its sum, and holds nothing else.
            for (const blob of blobs) rmSync(blob, { recursive: true, force: true });
            freed(bytes);
          },
        })),
  });
}

/** A file's time of access counts where it is kept: `noatime` leaves the time at which it was fetched. */
function unusedIn(folder: string, name: string, days: number): Unused {
  const blobs = join(folder, name, "docker/registry/v2/blobs");
  const old = filesIn(blobs)
    .filter((file) => file.endsWith("/data"))
    .map((file) => join(blobs, file))
    .flatMap((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined || Date.now() - Math.max(stat.atimeMs, stat.mtimeMs) < days * day) return [];
      return [{ blob: path.replace(/\/data$/, ""), size: stat.size }];
    });
  return { folder: name, blobs: old.map(({ blob }) => blob), bytes: old.reduce((sum, { size }) => sum + size, 0) };
}
