import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { cacheDir } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { hostArch } from "./arch.js";
import { archiveNames } from "./archives.js";
import { readIfThere, unchanged, writeForCaller } from "./cache.js";
import type { Asked, Foreseen, Log, Release } from "./release.js";
import { isUnpacked, unpackOnHost } from "./unpack-on-host.js";

/** What is asked for on behalf of one lab. */
export interface ReleaseQuery {
  readonly labId: string;
  readonly asked: Asked;
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
  return (await madeWith(query)) ?? (await foundBefore(query));
}

/** Returns what a lab's K3s will be, for a plan, which downloads nothing and asks no network. */
export async function foreseeRelease(query: ReleaseQuery): Promise<Foreseen> {
  const known = await knownRelease(query);
  if (known) return known;
  const { source, directory: folder = "" } = query.asked;
  const binary = { name: "k3s", size: -1, sha256: "", changed: 0 };
  const version =
    source === "modules" ? (await import("@k3s-lab/k3s-from-modules")).kubernetesVersion() : query.asked.version;
  return { source, version, folder, binary, archives: [] };
}

/**
 * Returns a release's name for a sentence: "K3s v1.34.4+k3s1 (release)". It is the same before and after the release was
 * fetched, so that a plan has the sentences of `lab:up`. Where `auto` has not been decided, it is the first choice.
 */
export function nameOfRelease({ source, version, folder }: Foreseen): string {
  return source === "directory" ? `K3s from ${folder}` : `K3s ${version} (${source === "auto" ? "release" : source})`;
}

/** Returns the condition under which the name is right: without it, `auto` builds K3s from Go modules. */
export function provisoOf({ source }: Foreseen): string | undefined {
  return source === "auto" ? "if that release can be reached" : undefined;
}

/** Returns a release that is known and still whole: the usual case, for which nothing more is even loaded. */
async function currentRelease(query: ReleaseQuery): Promise<Release | undefined> {
  const made = await madeWith(query);
  if (made) return (await isCurrent(made)) ? made : undefined;
  const before = await foundBefore(query);
  // Whether a build is still of the present sources, only the builder can tell.
  return before && before.source !== "modules" && (await isCurrent(before)) ? before : undefined;
}

async function find(query: ReleaseQuery, log: Log, signal?: AbortSignal): Promise<Release> {
  const { asked, install } = query;
  const made = await madeWith(query);
  const before = made ? undefined : await foundBefore(query);
  const { chooseSource, obtain } = await import("./choose-source.js");
  const context = { arch: hostArch(), install, log, before, signal };
  // Only the build of modules is looked for again as soon as it is known, and it was chosen lately.
  const source = made?.source ?? (before?.source === "modules" ? before.source : undefined);
  const release = source ? await obtain(source, asked, context) : await chooseSource(asked, context);
  if (made) refuseAnother(made, release, log);
  if (release !== before) {
    await writeForCaller(resolutionFile(query), JSON.stringify({ asked, release }, undefined, 2));
  }
  return release;
}

/** What a lab was made with: as it recorded it or, where that was lost, as its server has it. */
async function madeWith(query: ReleaseQuery): Promise<Release | undefined> {
  if (query.recorded) return query.recorded;
  const found = await resolution(query);
  return found && (await query.isInstalled(found)) ? found : undefined;
}

const day = 24 * 60 * 60_000;

async function foundBefore(query: ReleaseQuery): Promise<Release | undefined> {
  const found = await resolution(query);
  // A network that let no release through may do so by now.
  const isOld = async () => Date.now() - (await stat(resolutionFile(query))).mtimeMs > day;
  return query.asked.source === "auto" && found?.source === "modules" && (await isOld()) ? undefined : found;
}

async function resolution(query: ReleaseQuery): Promise<Release | undefined> {
  const found = await readIfThere<{ asked: Asked; release: Release }>(resolutionFile(query));
  return found && isDeepStrictEqual(found.asked, query.asked) ? found.release : undefined;
}

/** Of one lab only: two labs may ask for the same and one of them find a release later reachable. */
const resolutionFile = ({ labId }: ReleaseQuery): string => join(cacheDir(), "resolved", `${labId}.json`);

/** Tells whether a release is as it was; a folder that a person fills may have got another archive. */
async function isCurrent(release: Release): Promise<boolean> {
  if (!(await unchanged(release))) return false;
  if (release.source !== "directory") return true;
  const silent: Log = { note: () => {}, progress: () => {} };
  const names = archiveNames(release.folder, (await readdir(release.folder)).toSorted(), hostArch(), silent);
  return isDeepStrictEqual(
    names,
    release.archives.map((archive) => archive.name),
  );
}

/** A lab stays with the K3s that it was made with: the same name must bring the same file. */
function refuseAnother(made: Release, found: Release, log: Log): void {
  const [expected, seen] = [made.binary.sha256, found.binary.sha256];
  if (expected === seen) return;
  const what = `is another K3s than the lab was made with, expected sha256 ${expected} (${made.version}), seen ${seen} (${found.version})`;
  // Sources and compiler may have changed since, and the build that was recorded is gone.
  if (found.source === "modules" && found.version === made.version) return log.note(`${found.folder}: ${what}`);
  throw new Problem("LAB-SRC-020", join(found.folder, found.binary.name), what, {
    remedy: "Bring the former file back, or run `npm run lab:down` and make the lab again.",
  });
}
