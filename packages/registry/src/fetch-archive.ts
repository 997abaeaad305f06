import { readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandFailed } from "@k3s-lab/exec";
import { giveToCaller, makeForCaller } from "@k3s-lab/host";
import { complaintOf, copyImage, CopyProgress } from "@k3s-lab/images/skopeo";
import type { Progress } from "@k3s-lab/steps";
import { namesOf } from "./cached-image.js";

export interface FetchOptions {
  note(message: string): void;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until skopeo must have printed its first line; replaced by tests. */
  readonly answerWithin?: number | undefined;
}

/** Milliseconds. */
const timeout = 5 * 60_000;
/** Milliseconds that a registry may take to answer: where a firewall drops packets, skopeo would wait for minutes. */
const usualAnswer = 10_000;

/** Fetches the image into the cache. Where that fails, its node will pull it: noted, not thrown. */
export async function fetchArchive(image: string, path: string, options: FetchOptions): Promise<void> {
  const { source, archived } = namesOf(image);
  const part = `${path}.${process.pid}.part`;
  makeForCaller(dirname(path));
  removeLeftOvers(path);
  // skopeo adds to an archive that exists, or refuses to.
  rmSync(part, { force: true });
  options.progress(`fetching ${source}`);
  try {
    await copy(`docker://${source}`, `docker-archive:${part}:${archived}`, options);
    giveToCaller(part);
    renameSync(part, path);
  } catch (error) {
    options.signal?.throwIfAborted();
    const why = error instanceof CommandFailed ? complaintOf(error.stderr || error.what) : String(error);
    options.note(`${source} could not be fetched, so its node will pull it: ${why}`);
  } finally {
    rmSync(part, { force: true });
  }
}

/** Removes what killed runs have left: nothing older than the timeout can still be in use. */
function removeLeftOvers(path: string): void {
  const dir = dirname(path);
  const parts = readdirSync(dir).filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(".part"));
  for (const part of parts.map((name) => join(dir, name))) {
    const { mtimeMs } = statSync(part, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
    if (Date.now() - mtimeMs > timeout) rmSync(part, { force: true });
  }
}

async function copy(
  source: string,
  destination: string,
  { signal, progress, answerWithin = usualAnswer }: FetchOptions,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), answerWithin);
  try {
    const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    // skopeo prints its first line once the source has answered.
    const copied = new CopyProgress(progress);
    const onLine = (line: string) => {
      clearTimeout(timer);
      copied.line(line);
    };
    await copyImage({ source, destination }, { timeout, signal: either, onLine });
  } catch (error) {
    throw silence.signal.aborted ? new Error(`no answer within ${answerWithin / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
}
