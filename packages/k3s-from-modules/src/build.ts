import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { anyBuild, makeOnce } from "./cache.js";
import { compileAll, download, type Job } from "./compile.js";
import { GoMissing } from "./errors.js";
import { goEnvironment, neededGo, type GoEnvironment } from "./go.js";
import { directoryName, hashSources, hashTools, readSources } from "./key.js";
import { pack } from "./pack.js";
import { modules, parts, type Part, type Versions } from "./parts.js";
import type { Progress } from "./progress.js";
import { readGoMod, kubernetesVersion, requiredVersion, sources, type Arch } from "./release.js";
import { checkCompiler, compiler } from "./tools.js";

export interface BuildOptions {
  /** The build is in `<cacheDir>/k3s-from-modules/<key>/`. */
  readonly cacheDir: string;
  readonly arch: Arch;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal | undefined;
  /** Take modules from the module cache only. */
  readonly offline?: boolean;
}

/** Builds everything once and returns a directory that looks like an air-gap release. */
export async function buildModules(options: BuildOptions): Promise<string> {
  const root = join(options.cacheDir, "k3s-from-modules");
  const files = await readSources(sources, modules);
  const id = hashSources(files, [parts(versions("")), options.arch]);
  const needed = neededGo(modules.map(readGoMod));
  const mostDemanding = modules.find((module) => neededGo([readGoMod(module)]) === needed) ?? "k3s";
  let go: GoEnvironment;
  try {
    go = await goEnvironment(join(sources, mostDemanding), needed, options.signal);
  } catch (error) {
    const built = error instanceof GoMissing ? await anyBuild(root, id) : undefined;
    if (built) return built; // Go was installed once, and what it built still exists.
    throw error;
  }
  const { GOMODCACHE: moduleCache, ...decisive } = go;
  const target = join(root, directoryName({ sources: id, tools: hashTools(decisive) }));
  if (existsSync(target)) return target;
  const cc = compiler(options.arch, go.CC);
  await checkCompiler(cc, options.signal);
  await makeOnce(target, (work) => build({ ...job(options), work, cc, moduleCache }, parts(versions(id))));
  return target;
}

async function build(work: Job, all: readonly Part[]): Promise<string> {
  for (const dir of ["bin", "images"]) await mkdir(join(work.work, dir));
  await download(all, work);
  await compileAll(all, work, availableParallelism());
  return pack(work);
}

function job({ arch, offline = false, signal, onProgress: report = () => {} }: BuildOptions) {
  return { arch, offline, signal, report };
}

function versions(id: string): Versions {
  return {
    kubernetes: kubernetesVersion(),
    containerd: requiredVersion(readGoMod("k3s"), "github.com/containerd/containerd/v2"),
    runc: requiredVersion(readGoMod("runc"), "github.com/opencontainers/runc"),
    sources: id,
  };
}
