import { join } from "node:path";
import { giveFolderToCaller } from "@k3s-lab/host";
import { readIfThere, writeForCaller } from "./cache.js";
import { hostDataDir } from "./host-data.js";
import type { Release, Log } from "./release.js";

/** Tells whether the binary of a release has unpacked on the host what it carries. */
export async function isUnpacked({ binary }: Release): Promise<boolean> {
  return (await readIfThere(recordFile(binary.sha256))) !== undefined;
}

/** Lets a release's binary unpack what it carries, so that the first kubectl of an `up` need not wait for that. */
export async function unpackOnHost({ binary, folder }: Release, log: Log, signal?: AbortSignal): Promise<void> {
  log.progress(`unpacking ${binary.name} on the host`);
  const { runOnHost } = await import("./version.js");
  // An official k3s unpacks for a command that it carries, not for --version.
  await runOnHost(join(folder, binary.name), ["kubectl", "version", "--client"], signal);
  giveFolderToCaller(hostDataDir());
  await writeForCaller(recordFile(binary.sha256), "{}");
}

/** Lies where it vanishes together with what it is about. */
function recordFile(sha256: string): string {
  return join(hostDataDir(), `unpacked-${sha256.slice(0, 16)}.json`);
}
