import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { cacheDir } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { hostArch } from "./arch.js";
import { archiveNames } from "./archives.js";
import { readIfThere, unchanged, writeForCaller } from "./cache.js";
import { type Asked, type Foreseen, isModules, type Log, type Release } from "./release.js";
import { sumsAgree } from "./sums-agree.js";
import { isUnpacked, unpackOnHost } from "./unpack-on-host.js";

/** What is asked for on behalf of one lab. */
export interface ReleaseQuery {
  readonly labId: string;
  readonly asked: Asked;
  /** That of lab.yaml. */
  readonly labFolder: string;
  /** What the lab was made with, where it has recorded that for the same question. */
  readonly recorded: Release | undefined;
  /** Tells whether the lab's server has a release: asked where the record was lost. */
  isInstalled(release: Release): Promise<boolean>;
  /** Whether what a build needs may be installed on the host. */
  readonly install: "auto" | "never";
}

/**
 * Finds K3s for a lab and fills the cache with it. What a lab was made with stays until lab.yaml asks for something else;
 * what only a fetch has found stays for a day, so that an `up` soon after asks no network.
 */
export async function fetchRelease(query: ReleaseQuery, log: Log, signal?: AbortSignal): Promise<Release> {
  const release = (await currentRelease(query)) ?? (await find(query, log, signal));
  if (!(await isUnpacked(release))) await unpackOnHost(release, log, signal);
  return release;
}

/** Tells whether nothing has to be fetched: K3s is known, whole and unpacked. */
export async function isFetched(query: ReleaseQuery): Promise<boolean> {
  const release = await currentRelease(query);
  return release !== undefined && isUnpacked(release);
}

/** Returns what is known of a lab's K3s without looking any further. */
export async function knownRelease(query: ReleaseQuery): Promise<Release | undefined> {
  const { made, before } = await known(query);
  return made ?? before;
}

/** Returns what a lab's K3s will be, for a plan, which downloads nothing and asks no network. */
export async function foreseeRelease(query: ReleaseQuery): Promise<Foreseen> {
  const release = await knownRelease(query);
  if (release && !(await isReplaced(release))) return release;
  const { source, directory: folder = "" } = query.asked;
  const binary = { name: "k3s", size: -1, sha256: "", changed: 0 };
  return { source, version: await foreseenVersion(query.asked), folder, binary, archives: [] };
}

/** Tells whether the folder of a release has another k3s by now, by its sums: what it has become is told by fetching it. */
async function isReplaced(release: Release): Promise<boolean> {
  return release.source === "directory" && !(await sumsAgree({ ...release, archives: [] }, hostArch()));
}

async function foreseenVersion({ source, version, directory = "" }: Asked): Promise<string> {
  if (isModules(source)) return (await import("@k3s-lab/k3s-from-modules")).kubernetesVersion();
  if (source !== "directory") return version;
  const { versionIn } = await import("./read-directory.js");
  // Fetching tells what is wrong with a folder.
  return versionIn(directory, hostArch()).catch(() => "");
}

/**
 * Returns a release's name for a sentence: "K3s v1.34.4+k3s1 (release)". It is the same before and after the release was
 * fetched, so that a plan has the sentences of `lab:up`. Where `auto` has not been decided, it is the first choice.
 */
export function nameOfRelease({ source, version, folder }: Foreseen): string {
  return source === "directory" ? `K3s from ${folder}` : `K3s ${version} (${source === "auto" ? "release" : source})`;
}

/** Returns the condition under which the name is right: without it, `auto` takes the build from Go modules. */
export function provisoOf({ source }: Foreseen): string | undefined {
  return source === "auto" ? "if that release can be reached" : undefined;
}

/** Returns a release that is known and still whole: the usual case, for which nothing more is even loaded. */
async function currentRelease(query: ReleaseQuery): Promise<Release | undefined> {
  const { made, before } = await known(query);
  // Whether a build is still of the present sources, only the builder can tell.
  const release = made ?? (before?.source === "modules" ? undefined : before);
  return release && (await isCurrent(release)) ? release : undefined;
}

async function find(query: ReleaseQuery, log: Log, signal?: AbortSignal): Promise<Release> {
  const { asked, install, labFolder } = query;
  const { made, before } = await known(query);
  const { chooseSource, obtain, obtainModules } = await import("./choose-source.js");
  const context = { arch: hostArch(), labFolder, install, log, signal };
  // For a lab that is still to be made, only the choice of modules is kept, which is at most a day old.
  const source = made?.source ?? (before && isModules(before.source) ? before.source : undefined);
  const release =
    source === undefined
      ? await chooseSource(asked, context)
      : // A package may have been installed since, or removed.
        asked.source === "auto" && isModules(source)
        ? await obtainModules(asked, context)
        : await obtain(source, asked, context);
  if (made) refuseAnother(made, release, log);
  // What was found again is not younger for that.
  if (!isDeepStrictEqual(release, before)) {
    const resolution: Resolution = { asked, release, ...(made && { insteadOf: made }) };
    await writeForCaller(resolutionFile(query), JSON.stringify(resolution, undefined, 2));
  }
  return release;
}

const day = 24 * 60 * 60_000;

interface Resolution {
  readonly asked: Asked;
  readonly release: Release;
  /** What the lab was made with, and is not there any more. */
  readonly insteadOf?: Release;
}

interface Known {
  /** What the lab was made with: as it recorded it or, where that was lost, as its server has it. */
  readonly made?: Release;
  /** What only a fetch has found. */
  readonly before?: Release;
}

async function known(query: ReleaseQuery): Promise<Known> {
  const file = resolutionFile(query);
  const found = await readIfThere<Resolution>(file);
  const isAnswer = found !== undefined && isDeepStrictEqual(found.asked, query.asked);
  if (query.recorded) {
    const isNewer = isAnswer && isDeepStrictEqual(found.insteadOf, query.recorded);
    return { made: isNewer ? found.release : query.recorded };
  }
  if (!isAnswer) return {};
  const { release } = found;
  if (await query.isInstalled(release)) return { made: release };
  // A network that let no release through may do so by now.
  const mayChange = query.asked.source === "auto" && isModules(release.source);
  return mayChange && Date.now() - (await stat(file)).mtimeMs > day ? {} : { before: release };
}

/** Of one lab only: two labs may ask for the same and one of them find a release later reachable. */
function resolutionFile({ labId }: ReleaseQuery): string {
  return join(cacheDir(), "resolved", `${labId}.json`);
}

/** Tells whether a release is as it was; a folder that a person fills may have got another archive. */
async function isCurrent(release: Release): Promise<boolean> {
  if (!(await unchanged(release))) return false;
  // npm gives all files of all packages the same time.
  if (release.source === "package") return sumsAgree(release, hostArch());
  if (release.source !== "directory") return true;
  const silent: Log = { note: () => {}, progress: () => {} };
  const names = archiveNames(release.folder, (await readdir(release.folder)).toSorted(), hostArch(), silent);
  return isDeepStrictEqual(
    names,
    release.archives.map((archive) => archive.name),
  );
}

/**
 * The files of a release never change: another file by its name is not what was published. What a person puts into a folder, and
 * what is built, may change: the nodes are upgraded to it as to another version.
 */
function refuseAnother(made: Release, found: Release, log: Log): void {
  const [expected, seen] = [made.binary.sha256, found.binary.sha256];
  if (expected === seen) return;
  const what = `is another K3s than the lab was made with, expected sha256 ${expected} (${made.version}), seen ${seen} (${found.version})`;
  if (found.source !== "release") return log.note(`${found.folder}: ${what}: the nodes are upgraded to it`);
  throw new Problem("LAB-SRC-020", join(found.folder, found.binary.name), what, {
    remedy: "Bring the former file back, or ask for another version by cluster.version.",
  });
}
