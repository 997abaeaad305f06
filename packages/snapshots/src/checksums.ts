import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Problem } from "@k3s-lab/problem";
import type { Manifest } from "./manifest.js";

type SnapshotFile = Manifest["files"][number];

/** Returns what a manifest says of a file. */
export async function describeFile(folder: string, name: string, signal: AbortSignal): Promise<SnapshotFile> {
  const file = join(folder, name);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash, { signal });
  return { name, bytes: statSync(file).size, sha256: hash.digest("hex") };
}

/** Reads all of a snapshot once. Throws where a file is not what it was when the snapshot was taken. */
export async function verifyFiles(folder: string, { files }: Manifest, signal: AbortSignal): Promise<void> {
  for (const { name, bytes, sha256 } of files) {
    const damaged = (what: string) =>
      new Problem("LAB-SNP-006", join(folder, name), what, {
        remedy: "Copy the snapshot again, or take another one. Nothing was touched.",
      });
    const seen = await describeFile(folder, name, signal).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") throw damaged("is missing");
      throw cause;
    });
    if (seen.bytes !== bytes) throw damaged(`has ${seen.bytes} bytes, expected ${bytes}`);
    if (seen.sha256 !== sha256) throw damaged(`has the sum ${seen.sha256}, expected ${sha256}`);
  }
}
