import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { giveFolderToCaller } from "@k3s-lab/host";
import { readIfThere, writeForCaller } from "./cache.js";
import { hostDataDir } from "./host-data.js";
import { type Foreseen, isModules, type Log, type Release } from "./release.js";

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

/** With what the file `k3s` of a build from modules ends (go/launcher/payload.go): the sum of what it carries, a length, a word. */
const footer = { bytes: 48, sum: 32, word: "k3smods1" } as const;

/**
 * Returns the folder on the host into which the binary of a build from modules has unpacked what it carries: the same as K3s makes
 * on a node, under the same name. Undefined for a release, whose K3s makes links beside its own.
 */
export async function unpackedOnHost({ binary, folder, source }: Foreseen): Promise<string | undefined> {
  if (!isModules(source) || binary.size < footer.bytes) return undefined;
  await using file = await open(join(folder, binary.name));
  const { buffer } = await file.read(Buffer.alloc(footer.bytes), 0, footer.bytes, binary.size - footer.bytes);
  if (buffer.subarray(-footer.word.length).toString() !== footer.word) return undefined;
  const unpacked = join(hostDataDir(), "data", buffer.subarray(0, footer.sum).toString("hex"));
  return existsSync(join(unpacked, "bin/k3s")) ? unpacked : undefined;
}

/** Lies where it vanishes together with what it is about. */
function recordFile(sha256: string): string {
  return join(hostDataDir(), `unpacked-${sha256.slice(0, 16)}.json`);
}
