import { join } from "node:path";
import { ensurePrograms, type Program, cacheDir, giveFolderToCaller } from "@k3s-lab/host";
import { type BuildOptions, buildModules, buildTools, BuildToolsMissing, findBuild } from "@k3s-lab/k3s-from-modules";
import { Problem } from "@k3s-lab/problem";
import type { Arch } from "./arch.js";
import { lockOnceFree, makeCacheFolder, readComplete, writeComplete } from "./cache.js";
import { toldOfBuild } from "./progress.js";
import { readDirectory } from "./read-directory.js";
import type { Release, Log } from "./release.js";

export interface BuildContext {
  readonly install: "auto" | "never";
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** What a build needs of the outside; replaced by tests. */
export interface Builder {
  readonly build: (options: BuildOptions) => Promise<string>;
  readonly find: (options: BuildOptions) => Promise<string | undefined>;
  readonly ensure: typeof ensurePrograms;
}

/** Builds K3s from Go modules, or finds what was built; what the build lacks is installed where the host allows it. */
export async function buildRelease(
  arch: Arch,
  context: BuildContext,
  builder: Builder = { build: buildModules, find: findBuild, ensure: ensurePrograms },
): Promise<Release> {
  const { log, signal } = context;
  if (arch.name !== "amd64" && arch.name !== "arm64") {
    throw new Problem(
      "LAB-SRC-005",
      "cluster.source",
      `modules cannot be built for ${arch.name}, only for amd64 and arm64`,
    );
  }
  const root = join(cacheDir(), "k3s-from-modules");
  makeCacheFolder(root);
  const options = { arch: arch.name, cacheDir: cacheDir() };
  // Another version of k3s-lab may be at its own build for minutes: what is there need not wait for that.
  const found = await builder.find({ ...options, signal });
  const ready = found === undefined ? undefined : await readComplete(found);
  if (ready) return ready.release;
  using _lock = await lockOnceFree(join(root, "lock"), log, signal);
  const folder = await buildWithTools(options, context, builder);
  // Some 240 MB, which need not be read for every new lab.
  const known = await readComplete(folder);
  if (known) return known.release;
  giveFolderToCaller(folder);
  const release = await readDirectory(folder, arch, log, { source: "modules", signal });
  await writeComplete({ release });
  return release;
}

async function buildWithTools(
  options: Pick<BuildOptions, "arch" | "cacheDir">,
  { install, log, signal }: BuildContext,
  { build, ensure }: Omit<Builder, "find">,
): Promise<string> {
  const all: BuildOptions = { ...options, onProgress: toldOfBuild(log.progress), signal };
  try {
    return await build(all);
  } catch (error) {
    if (!(error instanceof BuildToolsMissing)) throw error;
    // Asked for only now: a build in the cache needs none of them.
    await ensure(buildPrograms(error.packages), { install, note: log.note });
    return build(all);
  }
}

/** Files that show whether a Debian package is installed that has no program of its own name. */
const files: Readonly<Record<string, string>> = {
  "libc6-dev": "/usr/include/stdio.h",
  "libseccomp-dev": "/usr/include/seccomp.h",
};

/** What a host needs to build these of Debian's packages, or all that a build may ask for. */
export function buildPrograms(packages: readonly string[] = buildTools): readonly Program[] {
  return packages.map((name) => ({ name: files[name] ?? name, package: name, why: "builds runc" }));
}
