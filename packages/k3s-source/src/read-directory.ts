import { access, constants, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { imagesIn } from "@k3s-lab/images";
import { Problem } from "@k3s-lab/problem";
import { type Arch, sumsFile } from "./arch.js";
import { archiveNames } from "./archives.js";
import type { Release, ReleaseFile, Log } from "./release.js";
import { sha256Of } from "./sha256.js";
import { parseSums, sumOf } from "./sums.js";
import { versionOf } from "./version.js";

/** Reads a folder with `k3s`, `sha256sum-*.txt` and image archives; every file is checked before a machine sees it. */
export async function readDirectory(
  folder: string,
  arch: Arch,
  log: Log,
  options: { readonly source?: Release["source"]; readonly signal?: AbortSignal | undefined } = {},
): Promise<Release> {
  const names = await list(folder);
  log.progress(`checking the files in ${folder}`);
  const sums = parseSums(await readFile(join(folder, expectFile(folder, names, sumsFile(arch))), "utf8"));
  const binary = await readFileOf(folder, expectFile(folder, names, arch.binary), sums, true);
  const program = join(folder, binary.name);
  await access(program, constants.X_OK).catch((cause: unknown) => {
    throw new Problem("LAB-SRC-011", program, "is not executable", { remedy: `Run: chmod +x ${program}`, cause });
  });
  const archives: ReleaseFile[] = [];
  for (const name of archiveNames(folder, names, arch, log)) {
    // Nothing is put into a package by hand.
    const archive = await readFileOf(folder, name, sums, options.source === "package");
    archives.push({ ...archive, images: await imagesIn(join(folder, name)) });
  }
  const version = await versionIn(folder, arch, options.signal);
  return { source: options.source ?? "directory", version, folder, binary, archives };
}

/** Returns the version of the K3s in a folder: as its file VERSION has it, else as the program tells. */
export async function versionIn(folder: string, arch: Arch, signal?: AbortSignal): Promise<string> {
  const written = (await readIfExists(join(folder, "VERSION"))).trim();
  return /^v\d/.test(written) ? written : versionOf(join(folder, arch.binary), signal);
}

async function readIfExists(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (cause) {
    throw new Problem("LAB-SRC-012", folder, `cannot be read (${(cause as NodeJS.ErrnoException).code})`, {
      remedy: "cluster.directory must name a folder with k3s, sha256sum-*.txt and image archives.",
      cause,
    });
  }
}

function expectFile(folder: string, names: readonly string[], name: string): string {
  if (names.includes(name)) return name;
  const seen = names.length === 0 ? "nothing" : names.slice(0, 8).join(", ");
  throw new Problem("LAB-SRC-013", folder, `has no ${name}, seen: ${seen}`, {
    remedy: "Put the files of a K3s release for this processor there.",
  });
}

/** An archive that the sum file does not know was put there by hand, and is taken as it is. */
async function readFileOf(
  folder: string,
  name: string,
  sums: ReadonlyMap<string, string>,
  listed: boolean,
): Promise<ReleaseFile> {
  const file = join(folder, name);
  const { size, mtimeMs } = await stat(file);
  const sha256 = await sha256Of(file);
  const expected = listed ? sumOf(sums, name, folder) : (sums.get(name) ?? sha256);
  if (expected !== sha256) {
    throw new Problem("LAB-SRC-014", file, `has the wrong sha256, expected ${expected}, seen ${sha256}`, {
      remedy: "Copy it there again.",
    });
  }
  return { name, size, sha256, changed: mtimeMs };
}
