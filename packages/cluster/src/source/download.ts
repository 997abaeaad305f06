import { type FileHandle, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { giveToCaller, Problem } from "@k3s-lab/lab";
import type { Response } from "undici";
import { refuse } from "./answer.js";
import type { Http } from "./http.js";
import { persist } from "./persist.js";
import { sha256Of } from "./sha256.js";

export interface Download {
  readonly url: string;
  readonly file: string;
  readonly sha256: string;
  readonly mode: number;
  readonly http: Http;
  readonly signal?: AbortSignal;
  /** Bytes there, and bytes in all where the server says so. */
  onProgress?(done: number, total: number | undefined): void;
}

/**
 * Downloads into `FILE.part`, which an interrupted run leaves and the next one goes on from; FILE appears complete and
 * verified. A cut connection is taken up again where it was cut.
 */
export async function download(wanted: Download): Promise<void> {
  const part = `${wanted.file}.part`;
  const resumed = (await sizeOf(part)) > 0;
  let seen = await fetchPart(part, wanted);
  if (seen !== wanted.sha256 && resumed) {
    // The beginning may be of another file than the rest: a mirror that has changed, say.
    await rm(part);
    seen = await fetchPart(part, wanted);
  }
  if (seen !== wanted.sha256) {
    await rm(part);
    throw new Problem(wanted.url, `has the wrong sha256, expected ${wanted.sha256}, seen ${seen}`, {
      remedy: "Nothing of it is kept. Try again; if it stays, the server or a proxy hands out another file.",
    });
  }
  const file = await open(part, "r+");
  await file.chmod(wanted.mode).finally(() => file.close());
  giveToCaller(part);
  await rename(part, wanted.file);
}

/** Resolves with the sha256 of what is there in the end. */
async function fetchPart(part: string, wanted: Download): Promise<string> {
  const { url, signal } = wanted;
  const reached = () => sizeOf(part);
  await persist(() => fetchRest(part, wanted), { url, reached, ...(signal ? { signal } : {}) });
  return sha256Of(part);
}

async function fetchRest(part: string, wanted: Download): Promise<void> {
  const { url, http, signal, onProgress } = wanted;
  const from = await sizeOf(part);
  const response = await http.get(url, from > 0 ? { range: `bytes=${from}-` } : {}, signal);
  if (response.status === 416) {
    // Nothing lies behind the end: it is all there, or more than all, which the sum will tell.
    await response.body?.cancel();
    return;
  }
  refuse(response, url);
  const start = response.status === 206 ? from : 0;
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : start + Number(length);
  if (total !== undefined) await refuseSmallDisk(part, total - start);
  const file = await open(part, start > 0 ? "a" : "w").catch(refuseFullDisk(part));
  try {
    await copy(response, file, start, total, onProgress).catch(refuseFullDisk(part));
  } finally {
    await file.close();
  }
}

async function copy(
  response: Response,
  file: FileHandle,
  start: number,
  total: number | undefined,
  onProgress: Download["onProgress"],
): Promise<void> {
  let done = start;
  for await (const piece of response.body ?? []) {
    const bytes = piece as Uint8Array;
    await file.writeFile(bytes);
    done += bytes.length;
    onProgress?.(done, total);
  }
  if (total !== undefined && done < total) throw new Error(`ended after ${done} of ${total} bytes`);
}

async function refuseSmallDisk(part: string, missing: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(part));
  if (bavail * bsize < missing) throw fullDisk(part, `${megabytes(missing)} more are needed`);
}

function refuseFullDisk(part: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOSPC" || code === "EDQUOT" ? fullDisk(part, `no space is left (${code})`, error) : error;
  };
}

function fullDisk(part: string, what: string, cause?: unknown): Problem {
  return new Problem(dirname(part), `the disk is full: ${what}`, {
    remedy: "Make room, or set K3S_LAB_CACHE to a folder on another disk.",
    cause,
  });
}

export const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
