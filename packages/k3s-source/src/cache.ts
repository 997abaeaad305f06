import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { caller, makeForCaller, takeLock } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import writeFileAtomic from "write-file-atomic";
import { explainDisk } from "./disk.js";
import type { Log, Release } from "./release.js";

/** Makes a folder of the cache; a disk that refuses is explained. */
export function makeCacheFolder(folder: string): void {
  try {
    makeForCaller(folder);
  } catch (error) {
    explainDisk(folder)(error);
  }
}

export async function writeForCaller(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  makeCacheFolder(folder);
  const { uid, gid } = caller();
  await writeFileAtomic(file, text, { chown: { uid, gid } }).catch(explainDisk(folder));
}

/** Reads what an earlier run, perhaps of another version, has left; undefined where it cannot be used. */
export async function readIfThere<Value>(file: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Value;
  } catch {
    return undefined;
  }
}

/** Tells whether every file of a release is as it was when it was read last. */
export async function unchanged({ folder, binary, archives }: Release): Promise<boolean> {
  const same = await Promise.all(
    [binary, ...archives].map(async ({ name, size, changed }) => {
      const seen = await stat(join(folder, name)).catch(() => undefined);
      return seen?.size === size && seen.mtimeMs === changed;
    }),
  );
  return same.every(Boolean);
}

/** Written last: where it exists, every file was verified. */
const completeFile = "complete.json";

/** A release of the cache's own, and where it was downloaded from. */
export interface Complete {
  readonly release: Release;
  readonly baseUrl?: string;
}

export function writeComplete(complete: Complete): Promise<void> {
  return writeForCaller(join(complete.release.folder, completeFile), JSON.stringify(complete, undefined, 2));
}

/** Reads what is known of a folder of the cache; undefined where nothing is, or a file is not as it was. */
export async function readComplete(folder: string): Promise<Complete | undefined> {
  const complete = await readIfThere<Complete>(join(folder, completeFile));
  return complete?.release.folder === folder && (await unchanged(complete.release)) ? complete : undefined;
}

/** Takes the lock of a folder that labs of one user share: the second to come finds the work done. */
export async function lockOnceFree(path: string, log: Log, signal?: AbortSignal): Promise<Disposable> {
  for (let told = false; ;) {
    try {
      return takeLock(path, "lab:fetch");
    } catch (error) {
      if (!(error instanceof Problem)) explainDisk(dirname(path))(error);
      if (!told) log.note(`waiting for another command that is filling ${dirname(path)}`);
      told = true;
      await sleep(300, undefined, { signal });
    }
  }
}
