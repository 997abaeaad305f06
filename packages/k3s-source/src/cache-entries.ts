import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, type CacheEntry, folderEntries, readIfExists } from "@k3s-lab/host";
import { hostDataDir } from "./host-data.js";

export interface InUse {
  /** The labs that exist on this host, by their ids. */
  readonly labs: ReadonlySet<string>;
  /** The folders that labs are known to have K3s from. */
  readonly folders: readonly string[];
}

/** Lists what the cache has of K3s: builds, releases, and what their programs have unpacked on the host. */
export function cachedK3s({ labs, folders }: InUse, cache = cacheDir(), data = hostDataDir()): readonly CacheEntry[] {
  const resolved = join(cache, "resolved");
  const needed = new Set([...folders, ...[...labs].flatMap((id) => folderIn(join(resolved, `${id}.json`)) ?? [])]);
  const isNeeded = (path: string) => needed.has(path);
  const releases = join(cache, "releases");
  return [
    ...folderEntries(join(cache, "k3s-from-modules"), { what: "build of K3s", isNeeded }),
    ...namesIn(releases).flatMap((version) =>
      folderEntries(join(releases, version), { what: "release of K3s", isNeeded }),
    ),
    ...folderEntries(join(data, "data"), {
      what: "folder of unpacked programs",
      isNeeded: () => false,
      isEntry: (name) => /^[0-9a-f]{64}$/.test(name),
      remove: () => forgetUnpacked(data),
    }),
  ];
}

/** A binary whose programs are gone unpacks them again, once nothing says that it has. */
function forgetUnpacked(data: string): void {
  for (const name of namesIn(data)) {
    if (/^unpacked-[0-9a-f]+\.json$/.test(name)) rmSync(join(data, name), { force: true });
  }
}

/** Returns the folder of the release that was chosen for a lab. */
function folderIn(file: string): string | undefined {
  try {
    const { release } = JSON.parse(readIfExists(file) ?? "") as { readonly release?: { readonly folder?: string } };
    return release?.folder;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
