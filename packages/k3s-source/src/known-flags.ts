import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { type Foreseen, isModules } from "./release.js";
import { runOnHost } from "./version.js";

/**
 * Returns the flags that a K3s takes by its command `server` or `agent`, by their long names; undefined where nobody can tell: it was
 * not fetched yet, or does not run on this host.
 */
export async function knownFlags(
  { source, folder, binary }: Pick<Foreseen, "source" | "folder" | "binary">,
  command: "server" | "agent",
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  if (source !== "auto" && isModules(source)) {
    return (await import("@k3s-lab/k3s-from-modules")).flagsOfBuild(command);
  }
  if (binary.sha256 === "") return undefined;
  try {
    const flags = flagsIn(await runOnHost(join(folder, binary.name), [command, "--help"], signal));
    return flags.size === 0 ? undefined : flags;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** Parses what `k3s server --help` prints, a line a flag: "   --data-dir value, -d value  (data) Folder to hold state". */
export function flagsIn(help: string): ReadonlySet<string> {
  return new Set([...help.matchAll(/^\s+--?([a-z][a-z0-9-]*)/gm)].map(([, name = ""]) => name));
}
