import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { cacheDir, Problem } from "@k3s-lab/lab";

/** Where a k3s that runs on the host unpacks what it carries, instead of into /var/lib/rancher. */
export const hostDataDir = (): string => join(cacheDir(), "k3s-data");

/** "k3s version v1.34.4+k3s1 (c6017918)" */
export function parseVersion(output: string): string | undefined {
  return /^k3s version (v\S+)/m.exec(output)?.[1];
}

/** Asks a k3s binary for its version. */
export async function versionOf(binary: string, signal?: AbortSignal): Promise<string> {
  let output = "";
  try {
    const env = { K3S_DATA_DIR: hostDataDir() };
    output = (await run(binary, ["--version"], { env, ...(signal ? { signal } : {}) })).stdout;
  } catch (cause) {
    if (!(cause instanceof CommandFailed) || signal?.aborted) throw cause;
    throw new Problem(binary, `cannot be run to learn its version: ${cause.what}`, { cause });
  }
  const version = parseVersion(output);
  if (version === undefined) throw new Problem(binary, "does not say its version, expected `k3s version v...`");
  return version;
}
