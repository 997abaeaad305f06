import { CommandFailed, run } from "@k3s-lab/exec";
import { requireExecutable } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { writeForCaller } from "./cache.js";
import { hostConfigFile, hostDataDir, hostEnvironment } from "./host-data.js";

/** Asks a k3s binary for its version. */
export async function versionOf(binary: string, signal?: AbortSignal): Promise<string> {
  // "k3s version v1.34.4+k3s1 (c6017918)"
  const version = /^k3s version (v\S+)/m.exec(await runOnHost(binary, ["--version"], signal))?.[1];
  if (version !== undefined) return version;
  throw new Problem("LAB-SRC-017", binary, "does not report its version, expected `k3s version v...`");
}

/** Runs a k3s binary on the host, in a way that leaves nothing outside the cache. */
export async function runOnHost(binary: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  // A file that the environment names must exist.
  await writeForCaller(hostConfigFile(), `data-dir: ${JSON.stringify(hostDataDir())}\n`);
  try {
    return (await run(binary, args, { env: hostEnvironment(), signal })).stdout;
  } catch (cause) {
    if (!(cause instanceof CommandFailed) || signal?.aborted) throw cause;
    requireExecutable(binary, "this K3s");
    const remedy = "It must be a K3s for this processor.";
    throw new Problem("LAB-SRC-018", binary, `cannot be run on the host: ${cause.what}`, { remedy, cause });
  }
}
