import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Action, ageText, bytesText, type Step, step } from "@k3s-lab/steps";
import { bytesIn } from "./bytes-in.js";

/** What a cache of the host has of one kind: a build, a root file system, an image. */
export interface CacheEntry {
  /** Its kind: "root file system". Of each kind the newest entry stays, whatever its age. */
  readonly what: string;
  /** Its path, or what Docker calls it. */
  readonly name: string;
  /** When it was last changed: milliseconds since 1970. */
  readonly changed: number;
  /** Whether a lab of this host, or today's k3s-lab, uses it. */
  readonly isNeeded: boolean;
  /** Undefined where it cannot be told. */
  bytes(): Promise<number | undefined>;
  remove(): Promise<void>;
}

export interface FolderOptions {
  readonly what: string;
  isNeeded(path: string): boolean;
  /** Which names count; default: all but locks and what is being made. */
  isEntry?(name: string): boolean;
  /** What else goes with an entry. */
  remove?(): void;
}

/** Lists the entries of a folder of a cache; none where there is no such folder. */
export function folderEntries(
  folder: string,
  { what, isNeeded, isEntry = isFinished, remove }: FolderOptions,
): readonly CacheEntry[] {
  return namesIn(folder)
    .filter((name) => isEntry(name))
    .flatMap((name): readonly CacheEntry[] => {
      const path = join(folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return [];
      return [
        {
          what,
          name: path,
          changed: stat.mtimeMs,
          isNeeded: isNeeded(path),
          bytes: () => bytesIn([path]),
          async remove() {
            rmSync(path, { recursive: true, force: true });
            remove?.();
          },
        },
      ];
    });
}

/** Picks what may go: what nobody uses, and has not changed for so many days; of each kind the newest stays. */
export function outdated(
  entries: readonly CacheEntry[],
  { days, now = Date.now() }: { readonly days: number; readonly now?: number },
): readonly CacheEntry[] {
  const newest = new Map<string, number>();
  for (const { what, changed } of entries) newest.set(what, Math.max(changed, newest.get(what) ?? 0));
  return entries.filter(
    ({ what, changed, isNeeded }) => !isNeeded && now - changed >= days * day && changed !== newest.get(what),
  );
}

/** Milliseconds. */
export const day = 24 * 60 * 60_000;

/** Removes what is outdated in the caches. `freed` hears of the bytes of each entry that was removed. */
export function collectCachesStep(
  find: () => Promise<readonly CacheEntry[]>,
  days: number,
  freed: (bytes: number) => void,
): Step {
  return step<readonly Outdated[]>({
    id: "collect-caches",
    title: "Collect caches",
    observe: async () =>
      Promise.all(outdated(await find(), { days }).map(async (entry) => ({ entry, bytes: await entry.bytes() }))),
    plan: (seen) => seen.map((each) => removal(each, freed)),
  });
}

/** What may go, and how much it takes. */
export interface Outdated {
  readonly entry: Pick<CacheEntry, "what" | "name" | "changed" | "remove">;
  readonly bytes: number | undefined;
}

/** Removes an entry; `freed` hears of its bytes. */
export function removal({ entry, bytes }: Outdated, freed: (bytes: number) => void): Action {
  const about = [...(bytes === undefined ? [] : [bytesText(bytes)]), `${ageText(Date.now() - entry.changed)} old`];
  return {
    on: "host",
    kind: "remove",
    sentence: `host: remove the ${entry.what} ${entry.name} (${about.join(", ")})`,
    run: async () => {
      await entry.remove();
      freed(bytes ?? 0);
    },
  };
}

function isFinished(name: string): boolean {
  return name !== "lock" && !/\.(?:building|part)\b|\.tmp$|^\./.test(name);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
