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
import { modules, parts, reproducible, type Versions } from "./parts.js";
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
export async function buildModules({
  cacheDir,
  arch,
  offline = false,
  signal,
  onProgress: report = () => {},
}: BuildOptions): Promise<string> {
  const root = join(cacheDir, "k3s-from-modules");
  const files = await readSources(sources, modules);
  const id = hashSources(files, [parts(versions("")), reproducible(), arch]);
  const needed = neededGo(modules.map(readGoMod));
  const mostDemanding = modules.find((module) => neededGo([readGoMod(module)]) === needed) ?? "k3s";
  let go: GoEnvironment;
  try {
    go = await goEnvironment(join(sources, mostDemanding), needed, signal);
  } catch (error) {
    const built = error instanceof GoMissing ? await anyBuild(root, id) : undefined;
    if (built) return built; // Go was installed once, and what it built still exists.
    throw error;
  }
  const { GOMODCACHE: moduleCache, ...decisive } = go;
  const target = join(root, directoryName({ sources: id, tools: hashTools(decisive) }));
  if (existsSync(target)) return target;
  const cc = compiler(arch, go.CC);
  await checkCompiler(cc, signal);
  await makeOnce(target, async (work) => {
    const job: Job = { arch, offline, signal, report, work, cc, moduleCache };
    const all = parts(versions(id));
    for (const dir of ["bin", "images"]) await mkdir(join(work, dir));
    await download(all, job);
    await compileAll(all, job, availableParallelism());
    return pack(job);
  });
  return target;
}

/** Returns the versions that the parts tell, of sources with this hash. */
export function versions(id: string): Versions {
  return {
    kubernetes: kubernetesVersion(),
    containerd: requiredVersion(readGoMod("k3s"), "github.com/containerd/containerd/v2"),
    metrics: requiredVersion(readGoMod("k3s"), "sigs.k8s.io/metrics-server"),
    runc: requiredVersion(readGoMod("runc"), "github.com/opencontainers/runc"),
    sources: id,
  };
}
