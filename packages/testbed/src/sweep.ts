import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hostHierarchies, removeGroups } from "./cgroups.js";
import { makerOf, runDir } from "./names.js";

/**
 * Removes what worlds of ended processes have left. Their processes have ended with them, and with those the
 * namespaces, links and mounts: only folders and cgroups can remain.
 */
export async function sweep(): Promise<void> {
  for (const name of leftOvers()) await removeTraces(name);
}

export async function removeTraces(name: string): Promise<void> {
  await removeGroups(name);
  rmSync(join(runDir, name), { recursive: true, force: true });
}

function leftOvers(): readonly string[] {
  const places = [runDir, ...hostHierarchies().map(({ path }) => path)];
  const names = places.flatMap((place) => (existsSync(place) ? readdirSync(place) : []));
  return [...new Set(names)].filter((name) => {
    const maker = makerOf(name);
    return maker !== undefined && !existsSync(`/proc/${maker}`);
  });
}
