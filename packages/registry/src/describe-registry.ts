import { hostsEntries } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { askNode, mayEnter, openDriver, type Section } from "@k3s-lab/machines";
import { cacheFolder } from "./cached-content.js";
import { names } from "./names.js";
import { readRegistry } from "./record.js";
import { describeRegistry, type RegistryDescription } from "./host-setup.js";
import { repositoriesAt, type Repository, serves } from "./registry-api.js";

/** A registry as `lab:status` shows it. */
export interface RegistryStatus extends RegistryDescription {
  readonly serving: boolean;
  /** Absent where it does not answer. */
  readonly repositories?: readonly Repository[] | undefined;
  /** Absent where its node was not asked. */
  readonly disk?: RegistryDisk | undefined;
  /** The caches of other registries; absent where the lab has none. */
  readonly caches?: { readonly registries: readonly string[]; readonly folder?: string };
  /** What the host's hosts file has of the lab: "10.76.0.10 multi". */
  readonly hostsEntries: readonly string[];
}

/** In bytes. */
export interface RegistryDisk {
  readonly used: number;
  readonly free: number;
}

const diskSection: Section<RegistryDisk | undefined> = {
  file: new URL("../shell/disk.sh", import.meta.url),
  args: [names.store],
  parse: parseDisk,
};

export function parseDisk(output: string): RegistryDisk | undefined {
  const bytes = (word: string) => Number(new RegExp(`^${word} (\\d+)$`, "m").exec(output)?.[1] ?? Number.NaN) * 1024;
  const [used, free] = [bytes("used"), bytes("free")];
  // A folder that nothing was pushed to is not there.
  return Number.isNaN(free) ? undefined : { used: Number.isNaN(used) ? 0 : used, free };
}

/** Describes the registry as it is now; undefined before the first `lab:up`. Asks it, and the node that it is on. */
export async function lookAtRegistry(lab: Lab, signal: AbortSignal): Promise<RegistryStatus | undefined> {
  const registry = readRegistry(lab);
  if (registry === undefined) return undefined;
  const driver = mayEnter(lab) ? openDriver(lab) : undefined;
  const disk = driver && askNode(driver, registry.node, { disk: diskSection }, { signal });
  const [serving, repositories, answers] = await Promise.all([
    serves(registry.access, signal),
    repositoriesAt(registry.access, signal),
    disk?.catch(() => undefined),
  ]);
  signal.throwIfAborted();
  return {
    ...describeRegistry(registry, lab),
    serving,
    repositories,
    disk: answers?.disk,
    ...cachesOf(lab),
    hostsEntries: hostsEntries(lab.id).map(({ address, names: named }) => `${address} ${named.join(" ")}`),
  };
}

function cachesOf(lab: Lab): Pick<RegistryStatus, "caches"> {
  const { cache: registries } = lab.config.registry;
  const folder = cacheFolder(lab);
  return registries.length === 0 ? {} : { caches: { registries, ...(folder !== undefined && { folder }) } };
}
