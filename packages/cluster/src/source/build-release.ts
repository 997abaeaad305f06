import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ensurePrograms, type Program } from "@k3s-lab/host";
import { type BuildOptions, buildModules, BuildToolsMissing } from "@k3s-lab/k3s-from-modules";
import { cacheDir, exitCode, giveToCaller, Problem } from "@k3s-lab/lab";
import type { Arch } from "./arch.js";
import { readDirectory } from "./read-directory.js";
import type { Release, Says } from "./release.js";

export interface BuildContext {
  readonly install: "auto" | "never";
  readonly says: Says;
  readonly signal?: AbortSignal;
  /** Replaced by tests. */
  readonly build?: (options: BuildOptions) => Promise<string>;
  readonly ensure?: typeof ensurePrograms;
}

/** Builds K3s from Go modules, or finds what was built; what the build lacks is installed where the host allows it. */
export async function buildRelease(arch: Arch, context: BuildContext): Promise<Release> {
  const { says, signal, build = buildModules, ensure = ensurePrograms } = context;
  if (arch.name !== "amd64" && arch.name !== "arm64") {
    throw new Problem("cluster.source", `modules cannot be built for ${arch.name}, only for amd64 and arm64`, {
      exitCode: exitCode.usage,
    });
  }
  const options: BuildOptions = {
    cacheDir: cacheDir(),
    arch: arch.name,
    onProgress: ({ part, done, total }) => says.progress(progressOf(part, done, total)),
    ...(signal ? { signal } : {}),
  };
  let folder: string;
  try {
    folder = await build(options);
  } catch (error) {
    if (!(error instanceof BuildToolsMissing)) throw error;
    // Asked for only now: who has a build in the cache needs none of them.
    await ensure(programs(error.packages), { install: context.install, note: says.note });
    folder = await build(options);
  }
  for (const name of ["..", ".", ...(await readdir(folder))]) giveToCaller(join(folder, name));
  return readDirectory(folder, arch, says, { source: "modules", ...(signal ? { signal } : {}) });
}

export function progressOf(part: string, done: number, total: number): string {
  const count = (n: number) => n.toLocaleString("en-US");
  const what = part === "download" ? "modules downloaded" : part === "pack" ? "files packed" : `packages of ${part}`;
  return `${count(done)} of ${count(total)} ${what}`;
}

/** A file that shows whether a Debian package is there, where it brings no program of its own name. */
const files: Readonly<Record<string, string>> = {
  "libc6-dev": "/usr/include/stdio.h",
  "libseccomp-dev": "/usr/include/seccomp.h",
};

function programs(packages: readonly string[]): readonly Program[] {
  return packages.map((name) => ({ name: files[name] ?? name, package: name, why: "builds runc" }));
}
