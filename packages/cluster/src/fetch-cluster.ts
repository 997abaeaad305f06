import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fullName } from "@k3s-lab/images";
import { type Lab } from "@k3s-lab/lab";
import { cacheDir } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { clusterRecord } from "./record.js";
import { hostArch } from "@k3s-lab/k3s-source";
import { archiveNames } from "@k3s-lab/k3s-source";
import { readIfThere, unchanged, writeForCaller } from "@k3s-lab/k3s-source";
import type { Asked, Release, Says } from "@k3s-lab/k3s-source";
import { isUnpacked, unpackOnHost } from "@k3s-lab/k3s-source";

/**
 * Finds K3s for a lab and fills the cache with it. What an `up` has recorded stays until lab.yaml says otherwise; what
 * only a fetch has found stays for a day, so that an `up` soon after asks nobody.
 */
export async function fetchCluster(lab: Lab, says: Says, signal?: AbortSignal): Promise<Release> {
  const release = (await standing(lab)) ?? (await find(lab, says, signal));
  if (!(await isUnpacked(release))) {
    await unpackOnHost(release, says, signal);
  }
  return release;
}

/** Whether nothing has to be fetched: K3s is known, whole and unpacked. */
export async function isFetched(lab: Lab): Promise<boolean> {
  const release = await standing(lab);
  return release !== undefined && isUnpacked(release);
}

/** What is known of a lab's K3s without looking any further: what a plan can say. */
export async function knownRelease(lab: Lab): Promise<Release | undefined> {
  const asked = askedBy(lab);
  return recordedRelease(lab, asked) ?? (await earlierRelease(lab, asked));
}

export function askedBy(lab: Lab): Asked {
  const { source, version, baseUrl, directory } = lab.config.cluster;
  if (source !== "directory" || directory === undefined) return { source, version, baseUrl };
  return { source, version, baseUrl, directory: resolve(dirname(lab.file), directory) };
}

/** A release that is known and still whole: the usual case, in which nothing more is even loaded. */
async function standing(lab: Lab): Promise<Release | undefined> {
  const asked = askedBy(lab);
  const recorded = recordedRelease(lab, asked);
  if (recorded) return (await isCurrent(recorded)) ? recorded : undefined;
  const earlier = await earlierRelease(lab, asked);
  // Whether a build is still of the present sources, only the builder can say.
  return earlier && earlier.source !== "modules" && (await isCurrent(earlier)) ? earlier : undefined;
}

async function find(lab: Lab, says: Says, signal?: AbortSignal): Promise<Release> {
  const asked = askedBy(lab);
  const recorded = recordedRelease(lab, asked);
  const earlier = recorded ? undefined : await earlierRelease(lab, asked);
  const { chooseSource, obtain } = await import("@k3s-lab/k3s-source/choose");
  const context = {
    arch: hostArch(),
    install: lab.config.host.install,
    says,
    ...(earlier ? { before: earlier } : {}),
    ...(signal ? { signal } : {}),
  };
  // Only the build of modules comes here again as soon as it is known, and it was chosen lately.
  const source = recorded?.source ?? (earlier?.source === "modules" ? earlier.source : undefined);
  const release = source ? await obtain(source, asked, context) : await chooseSource(asked, context);
  if (recorded) refuseAnother(recorded, release, says);
  sayMissingImage(release, lab.config.registry.image, says);
  if (release !== earlier) await writeForCaller(resolutionFile(lab), JSON.stringify({ asked, release }, undefined, 2));
  return release;
}

function recordedRelease(lab: Lab, asked: Asked): Release | undefined {
  const recorded = lab.state.read(clusterRecord);
  if (!recorded || !isDeepStrictEqual(recorded.asked, asked)) return undefined;
  const { source, version, folder, binary, archives } = recorded;
  return { source, version, folder, binary, archives };
}

const day = 24 * 60 * 60_000;

async function earlierRelease(lab: Lab, asked: Asked): Promise<Release | undefined> {
  const file = resolutionFile(lab);
  const earlier = await readIfThere<{ asked: Asked; release: Release }>(file);
  if (!earlier || !isDeepStrictEqual(earlier.asked, asked)) return undefined;
  // A network that let no release through may do so by now.
  const isOld = async () => Date.now() - (await stat(file)).mtimeMs > day;
  if (asked.source === "auto" && earlier.release.source === "modules" && (await isOld())) return undefined;
  return earlier.release;
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

/** A lab stays with the K3s that it was made with: the same name must bring the same file. */
function refuseAnother(recorded: Release, found: Release, says: Says): void {
  const [expected, seen] = [recorded.binary.sha256, found.binary.sha256];
  if (expected === seen) return;
  const what = `is another K3s than the lab was made with, expected sha256 ${expected} (${recorded.version}), seen ${seen} (${found.version})`;
  // Sources and compiler may have gone on since, and the build that was recorded is gone.
  if (found.source === "modules" && found.version === recorded.version) return says.note(`${found.folder}: ${what}`);
  throw new Problem("LAB-K3S-002", join(found.folder, found.binary.name), what, {
    remedy: "Bring the former file back, or run `npm run lab:down` and make the lab anew.",
  });
}

/** Where nothing can be pulled, a missing image would show only when its pod does not start. */
function sayMissingImage({ source, archives, folder }: Release, image: string, says: Says): void {
  if (source === "release" || archives.some((archive) => archive.images?.includes(fullName(image)))) return;
  says.note(`no image archive in ${folder} holds the registry's image ${image}: it will have to be pulled`);
}
