import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Arch, sumsFile } from "./arch.js";
import type { Release } from "./release.js";
import { parseSums } from "./sums.js";

/** Tells whether the sum file in a release's folder still is that of the release; no other file is read. */
export async function sumsAgree({ folder, binary, archives }: Release, arch: Arch): Promise<boolean> {
  const sums = parseSums(await readFile(join(folder, sumsFile(arch)), "utf8").catch(() => ""));
  return [binary, ...archives].every(({ name, sha256 }) => sums.get(name) === sha256);
}
