import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fullName } from "@k3s-lab/image-archive";
import { cacheDir, type Lab } from "@k3s-lab/lab";
import type { Report } from "@k3s-lab/steps";
import type { Cluster } from "./cluster.js";
import { hostArch } from "./source/arch.js";
import { archiveNames } from "./source/archives.js";
import { readIfThere, unchanged, writeForCaller } from "./source/cache.js";
import type { Asked, Release, Says } from "./source/release.js";

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Take what an earlier fetch has found, where the lab has none recorded yet: up does, fetch itself looks again. */
  readonly trustEarlier?: boolean;
}

/** Finds K3s for a lab and fills the cache with it. What an `up` has recorded stays until lab.yaml says otherwise. */
export async function fetchCluster(lab: Lab, report: Report, options: FetchOptions = {}): Promise<Release> {
  const { signal, trustEarlier = false } = options;
  const asked = askedBy(lab);
  const recorded = recordedRelease(lab, asked);
  const known = recorded ?? (trustEarlier ? await earlierRelease(lab, asked) : undefined);
  if (known && (await isCurrent(known))) return known;
  const says = sayTo(report);
  // What only a fetch needs is loaded only for one.
  const { chooseSource, obtain } = await import("./source/choose-source.js");
  const context = { arch: hostArch(), install: lab.config.host.install, says, ...(signal ? { signal } : {}) };
  const release = known ? await obtain(known.source, asked, context) : await chooseSource(asked, context);
  sayMissingImage(release, lab.config.registry.image, says);
  await writeForCaller(resolutionFile(lab), JSON.stringify({ asked, release }, undefined, 2));
  return release;
}

/** What is known of a lab's K3s without looking any further: what a plan can say. */
export async function knownRelease(lab: Lab): Promise<Release | undefined> {
  const asked = askedBy(lab);
  return recordedRelease(lab, asked) ?? earlierRelease(lab, asked);
}

export function askedBy(lab: Lab): Asked {
  const { source, version, baseUrl, directory } = lab.config.cluster;
  if (source !== "directory" || directory === undefined) return { source, version, baseUrl };
  return { source, version, baseUrl, directory: resolve(dirname(lab.file), directory) };
}

function recordedRelease(lab: Lab, asked: Asked): Release | undefined {
  const recorded = lab.state.read<Cluster>("cluster");
  return recorded && isDeepStrictEqual(recorded.asked, asked) ? recorded : undefined;
}

async function earlierRelease(lab: Lab, asked: Asked): Promise<Release | undefined> {
  const earlier = await readIfThere<{ asked: Asked; release: Release }>(resolutionFile(lab));
  return earlier && isDeepStrictEqual(earlier.asked, asked) ? earlier.release : undefined;
}

/** Of this lab only: two labs may ask for the same and one of them find a release later reachable. */
const resolutionFile = (lab: Lab): string => join(cacheDir(), "resolved", `${lab.id}.json`);

/** A folder that somebody else fills may have got another archive. */
async function isCurrent(release: Release): Promise<boolean> {
  if (!(await unchanged(release))) return false;
  if (release.source !== "directory") return true;
  const silent: Says = { note: () => {}, progress: () => {} };
  const names = archiveNames(release.folder, (await readdir(release.folder)).toSorted(), hostArch(), silent);
  return isDeepStrictEqual(
    names,
    release.archives.map((archive) => archive.name),
  );
}

/** Where nothing can be pulled, a missing image would show only when its pod does not start. */
function sayMissingImage({ source, archives, folder }: Release, image: string, says: Says): void {
  if (source === "release" || archives.some((archive) => archive.images?.includes(fullName(image)))) return;
  says.note(`no image archive in ${folder} holds the registry's image ${image}: the nodes will have to pull it`);
}

function sayTo(report: Report): Says {
  const stage = "cluster";
  return {
    note: (message) => report({ event: "note", stage, message }),
    progress: (message) => report({ event: "progress", stage, message }),
  };
}
