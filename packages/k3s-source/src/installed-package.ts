import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { caller } from "@k3s-lab/host";
import { platformPackage } from "@k3s-lab/k3s-from-modules";
import { Problem } from "@k3s-lab/problem";
import type { Arch } from "./arch.js";
import { readDirectory } from "./read-directory.js";
import type { Log, Release } from "./release.js";

/** Where a package may be: beside lab.yaml, or beside k3s-lab. Each is a file that could import it. */
function placesFor(labFolder: string): readonly string[] {
  return [join(labFolder, "lab.yaml"), fileURLToPath(import.meta.url)];
}

/** Finds the package that brings K3s for this processor; the Problem tells why there is none that can be used. */
export function findPackage(arch: Arch, labFolder: string): string | Problem {
  if (arch.name !== "amd64" && arch.name !== "arm64") {
    return new Problem(
      "LAB-SRC-021",
      "cluster.source",
      `there is no package for ${arch.name}, only for amd64 and arm64`,
    );
  }
  const { name, cpu, version } = platformPackage(arch.name);
  const remedy =
    `Install ${name}@${version} beside lab.yaml or k3s-lab; ` +
    "`npm run pack:modules -- --out DIR` makes it on a machine with Go, for `npm install DIR/...`.";
  const folder = resolve(name, labFolder);
  if (folder === undefined) {
    const other = platformPackage(arch.name === "amd64" ? "arm64" : "amd64");
    const seen = resolve(other.name, labFolder);
    if (seen === undefined) return new Problem("LAB-SRC-021", name, "is not installed", { remedy });
    return new Problem("LAB-SRC-022", seen, `is for ${other.cpu}, expected ${cpu}, this host's processor`, { remedy });
  }
  return obstacleOf(folder, { cpu, version, remedy }) ?? folder;
}

/** Reads the package as a release, every file of it checked. */
export async function readPackage(folder: string, arch: Arch, log: Log, signal?: AbortSignal): Promise<Release> {
  try {
    return await readDirectory(folder, arch, log, { source: "package", signal });
  } catch (error) {
    if (!(error instanceof Problem) || signal?.aborted) throw error;
    throw new Problem("LAB-SRC-023", error.subject, error.what, { remedy: "Install the package again.", cause: error });
  }
}

/** Finds a package where Node would for an import; links are followed. Node itself would remember one that was removed. */
function resolve(name: string, labFolder: string): string | undefined {
  const folders = placesFor(labFolder).flatMap((place) => createRequire(place).resolve.paths(name) ?? []);
  const found = folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, "package.json")));
  return found && realpathSync(found);
}

interface Expected {
  readonly cpu: string;
  readonly version: string;
  readonly remedy: string;
}

function obstacleOf(folder: string, { cpu, version, remedy }: Expected): Problem | undefined {
  const { uid } = statSync(folder);
  // Node looks in every folder above, and in some of those anybody can write. What is found there runs as root.
  const trusted = [0, caller().uid, statSync(fileURLToPath(import.meta.url)).uid];
  if (!trusted.includes(uid)) {
    const what = `belongs to the user ${uid}, expected root or the user who calls (${caller().uid})`;
    return new Problem("LAB-SRC-024", folder, what, { remedy: "Remove it, or install it yourself." });
  }
  const seen = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(seen.cpu) || !seen.cpu.includes(cpu)) {
    const what = `is for ${String(seen.cpu)}, expected ${cpu}, this host's processor`;
    return new Problem("LAB-SRC-022", folder, what, { remedy });
  }
  if (seen.version !== version) {
    return new Problem("LAB-SRC-022", folder, `is of k3s-lab ${String(seen.version)}, expected ${version}`, { remedy });
  }
  return undefined;
}
