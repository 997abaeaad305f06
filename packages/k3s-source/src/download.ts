import { statSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { giveToCaller } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import type { Response } from "undici";
import { refuse } from "./http-error.js";
import { explainDisk, refuseSmallDisk } from "./disk.js";
import type { Http } from "./http.js";
import { retryDownload } from "./download-retry.js";
import { sha256Of } from "./sha256.js";

export interface Download {
  readonly url: string;
  readonly file: string;
  readonly sha256: string;
  readonly mode: number;
  readonly http: Http;
  readonly signal?: AbortSignal | undefined;
  /** Bytes there, and bytes in all where the server tells. */
  onProgress?(done: number, total: number | undefined): void;
  /** Called when a connection was lost and is tried again. */
  onRetry?(reason: string): void;
}

/**
 * Downloads into `FILE.part`, which an interrupted run leaves and the next one goes on from; FILE appears complete and
 * verified. A cut connection is taken up again where it was cut.
 */
export async function download(wanted: Download): Promise<void> {
  const part = `${wanted.file}.part`;
  let { sha256, joined } = await fetchPart(part, wanted);
  if (sha256 !== wanted.sha256 && joined) {
    // The beginning may belong to another file than the rest, for instance where the mirror has changed.
    await rm(part);
    ({ sha256 } = await fetchPart(part, wanted));
  }
  if (sha256 !== wanted.sha256) {
    await rm(part);
    throw new Problem("LAB-SRC-009", wanted.url, `has the wrong sha256, expected ${wanted.sha256}, seen ${sha256}`, {
      remedy: "Nothing of it is kept. Try again; if it keeps happening, the server or a proxy hands out another file.",
    });
  }
  const file = await open(part, "r+");
  await file.chmod(wanted.mode).finally(() => file.close());
  await rename(part, wanted.file);
}

/** Resolves with the sum of what was downloaded, and whether it was put together from several answers. */
async function fetchPart(part: string, wanted: Download): Promise<{ sha256: string; joined: boolean }> {
  let joined = false;
  const attempt = async () => {
    if (await fetchRest(part, wanted)) joined = true;
  };
  await retryDownload(attempt, { ...wanted, reached: () => sizeOf(part) });
  return { sha256: await sha256Of(part), joined };
}

/** Resolves with whether what was there before was kept. */
async function fetchRest(part: string, wanted: Download): Promise<boolean> {
  const { url, http, signal, onProgress } = wanted;
  const there = sizeOf(part);
  const response = await http.get(url, there > 0 ? { range: `bytes=${there}-` } : {}, signal);
  if (response.status === 416 && there > 0) {
    // Nothing lies behind the end: it is all there, or more than all, which the sum will tell.
    await response.body?.cancel();
    return true;
  }
  refuse(response, url);
  const start = startOf(response, there);
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : start + Number(length);
  if (total !== undefined) await refuseSmallDisk(dirname(part), total - start);
  const file = await open(part, start > 0 ? "a" : "w").catch(explainDisk(dirname(part)));
  try {
    // Given away at once: a run without sudo must be able to go on after an interrupted one with it.
    giveToCaller(part);
    await copy(response, file, { start, total, onProgress }).catch(explainDisk(dirname(part)));
  } finally {
    await file.close();
  }
  return start > 0;
}

/** Returns where an answer begins; a server that knows no ranges begins again. */
function startOf(response: Response, asked: number): number {
  if (response.status !== 206) return 0;
  const range = response.headers.get("content-range") ?? "";
  if (range.startsWith(`bytes ${asked}-`)) return asked;
  throw new Error(`answered with another part of the file (${range || "without telling which"})`);
}

interface Extent {
  readonly start: number;
  readonly total: number | undefined;
  readonly onProgress: Download["onProgress"];
}

async function copy(response: Response, file: FileHandle, { start, total, onProgress }: Extent): Promise<void> {
  let done = start;
  for await (const piece of response.body ?? []) {
    const bytes = piece as Uint8Array;
    await file.writeFile(bytes);
    done += bytes.length;
    onProgress?.(done, total);
  }
  if (total !== undefined && done < total) throw new Error(`ended after ${done} of ${total} bytes`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
