import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ensurePrograms, type Program, cacheDir, giveToCaller } from "@k3s-lab/host";
import { type BuildOptions, buildModules, buildTools, BuildToolsMissing } from "@k3s-lab/k3s-from-modules";
import { Problem } from "@k3s-lab/problem";
import type { Arch } from "./arch.js";
import { lockOnceFree, makeCacheFolder, unchanged } from "./cache.js";
import { built, throttled } from "./progress.js";
import { readDirectory } from "./read-directory.js";
import type { Release, Log } from "./release.js";

export interface BuildContext {
  readonly install: "auto" | "never";
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
  /** What was built the last time: need not be read again when it is the same. */
  readonly before?: Release | undefined;
}

/** What a build needs of the outside; replaced by tests. */
export interface Builder {
  readonly build: (options: BuildOptions) => Promise<string>;
  readonly ensure: typeof ensurePrograms;
}

/** Builds K3s from Go modules, or finds what was built; what the build lacks is installed where the host allows it. */
export async function buildRelease(
  arch: Arch,
  context: BuildContext,
  builder: Builder = { build: buildModules, ensure: ensurePrograms },
): Promise<Release> {
  const { before, log, signal } = context;
  if (arch.name !== "amd64" && arch.name !== "arm64") {
    throw new Problem(
      "LAB-SRC-005",
      "cluster.source",
      `modules cannot be built for ${arch.name}, only for amd64 and arm64`,
    );
  }
  const root = join(cacheDir(), "k3s-from-modules");
  makeCacheFolder(root);
  using _lock = await lockOnceFree(join(root, "lock"), log, signal);
  const folder = await buildWithTools({ arch: arch.name, cacheDir: cacheDir() }, context, builder);
  if (before?.source === "modules" && before.folder === folder && (await unchanged(before))) return before;
  for (const name of [".", ...(await readdir(folder))]) giveToCaller(join(folder, name));
  return readDirectory(folder, arch, log, { source: "modules", signal });
}

async function buildWithTools(
  options: Pick<BuildOptions, "arch" | "cacheDir">,
  { install, log, signal }: BuildContext,
  { build, ensure }: Builder,
): Promise<string> {
  let last: string | undefined;
  let pass = throttled(() => {});
  const all: BuildOptions = {
    ...options,
    onProgress: ({ part, done, total }) => {
      if (part !== last) pass = throttled((n, of = 0) => log.progress(built(part, n, of)));
      last = part;
      pass(done, total);
    },
    signal,
  };
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
