import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hostHierarchies, removeGroups } from "./cgroups.js";
import { runDir, worldName } from "./names.js";

/**
 * Removes what worlds of ended processes have left. Their processes have ended with them, and with those the
 * namespaces, links and mounts: only folders and cgroups can remain.
 */
export async function sweep(): Promise<void> {
  const places = [runDir, ...hostHierarchies().map(({ path }) => path)];
  for (const name of leftOvers(places, worldName)) await removeTraces(name);
}

/** Removes the folder and the cgroups of a world whose processes have ended. */
export async function removeTraces(name: string): Promise<void> {
  await removeGroups(name);
  rmSync(join(runDir, name), { recursive: true, force: true });
}

/** Finds what ended processes have left in folders: entries whose names the pattern finds the number of a process in. */
export function leftOvers(folders: readonly string[], pattern: RegExp): readonly string[] {
  const names = folders.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
  return [...new Set(names)].filter((name) => {
    const maker = pattern.exec(name)?.[1];
    return maker !== undefined && !existsSync(`/proc/${maker}`);
  });
}
