import { stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "@k3s-lab/host";
import { NotFound } from "./http-error.js";
import { type Arch, sumsFile } from "./arch.js";
import { airgapArchives } from "./archives.js";
import { lockOnceFree, makeCacheFolder, readComplete, writeComplete } from "./cache.js";
import { explainDisk } from "./disk.js";
import { download } from "./download.js";
import { fetchSums } from "./fetch-sums.js";
import { type Http, openHttp } from "./http.js";
import { retryDownload } from "./download-retry.js";
import { toldOfDownload } from "./progress.js";
import type { Asked, Release, ReleaseFile, Log } from "./release.js";
import { releaseUrl } from "./release-url.js";
import { sha256Of } from "./sha256.js";
import { sumOf } from "./sums.js";

/** Downloads an official release, or what of it is not in the cache yet, and verifies it against its own sums. */
export async function downloadRelease(asked: Asked, arch: Arch, log: Log, signal?: AbortSignal): Promise<Release> {
  const folder = folderOf(asked, arch);
  makeCacheFolder(folder);
  using _lock = await lockOnceFree(join(folder, "lock"), log, signal);
  const cached = await cachedRelease(asked, arch);
  if (cached) return cached;
  const http = await openHttp();
  try {
    return await fetchAll({ asked, folder, http, log, signal }, arch).catch(explainDisk(folder));
  } finally {
    await http.close();
  }
}

/** The release in the cache, where it is complete; asks no network. */
export async function cachedRelease(asked: Asked, arch: Arch): Promise<Release | undefined> {
  const complete = await readComplete(folderOf(asked, arch));
  return complete?.baseUrl === asked.baseUrl ? complete.release : undefined;
}

function folderOf({ version }: Asked, arch: Arch): string {
  return join(cacheDir(), "releases", version, arch.name);
}

interface Job {
  readonly asked: Asked;
  readonly folder: string;
  readonly http: Http;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

async function fetchAll(job: Job, arch: Arch): Promise<Release> {
  const { asked, folder, http, log, signal } = job;
  const url = releaseUrl(asked, sumsFile(arch));
  const onRetry = (reason: string) => log.progress(`${sumsFile(arch)}: trying again: ${reason}`);
  const sums = await retryDownload(() => fetchSums(http, url, signal), { url, onRetry, signal });
  const binary = await fetchFile(job, arch.binary, sums, 0o755);
  const archives: ReleaseFile[] = [];
  for (const name of airgapArchives(sums.keys(), arch)) archives.push(...(await fetchArchive(job, name, sums)));
  const release: Release = { source: "release", version: asked.version, folder, binary, archives };
  await writeComplete({ baseUrl: asked.baseUrl, release });
  return release;
}

/** A release is whole without its images: where they are missing, the nodes pull them. */
async function fetchArchive(job: Job, name: string, sums: ReadonlyMap<string, string>): Promise<ReleaseFile[]> {
  try {
    return [await fetchFile(job, name, sums, 0o644)];
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    job.log.note(`going on without ${name}: ${error.subject} ${error.what}; the nodes pull its images themselves`);
    return [];
  }
}

async function fetchFile(
  { asked, folder, http, log, signal }: Job,
  name: string,
  sums: ReadonlyMap<string, string>,
  mode: number,
): Promise<ReleaseFile> {
  const file = join(folder, name);
  const url = releaseUrl(asked, name);
  const sha256 = sumOf(sums, name, `the sum file beside ${url}`);
  if ((await sha256Of(file).catch(() => undefined)) !== sha256) {
    await download({
      url,
      file,
      sha256,
      mode,
      http,
      onProgress: toldOfDownload(name, log.progress),
      onRetry: (reason) => log.progress(`${name}: trying again: ${reason}`),
      signal,
    });
  }
  const { size, mtimeMs } = await stat(file);
  return { name, size, sha256, changed: mtimeMs };
}
