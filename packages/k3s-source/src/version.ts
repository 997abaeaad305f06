import { CommandFailed, run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { writeForCaller } from "./cache.js";
import { hostConfigFile, hostDataDir, hostEnvironment } from "./host-data.js";

/** "k3s version v1.34.4+k3s1 (c6017918)" */
function parseVersion(output: string): string | undefined {
  return /^k3s version (v\S+)/m.exec(output)?.[1];
}

/** Asks a k3s binary for its version. */
export async function versionOf(binary: string, signal?: AbortSignal): Promise<string> {
  const output = await runOnHost(binary, ["--version"], signal);
  const version = parseVersion(output);
  if (version === undefined)
    throw new Problem("LAB-SRC-017", binary, "does not report its version, expected `k3s version v...`");
  return version;
}

/** Runs a k3s binary on the host, in a way that leaves nothing outside the cache. */
export async function runOnHost(binary: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  // A file that the environment names must exist.
  await writeForCaller(hostConfigFile(), `data-dir: ${JSON.stringify(hostDataDir())}\n`);
  try {
    const env = hostEnvironment();
    return (await run(binary, args, { env, signal })).stdout;
  } catch (cause) {
    if (!(cause instanceof CommandFailed) || signal?.aborted) throw cause;
    const remedy = "It must be a K3s for this processor.";
    throw new Problem("LAB-SRC-018", binary, `cannot be run on the host: ${cause.what}`, { remedy, cause });
  }
}
