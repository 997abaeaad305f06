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

/** Where a build lies, or will lie. */
interface Place {
  readonly target: string;
  /** The hash of our sources. */
  readonly id: string;
  readonly go: GoEnvironment;
}

/** Returns the directory of what was built of these very sources, or undefined where nothing was; builds nothing. */
export async function findBuild({ cacheDir, arch, signal }: BuildOptions): Promise<string | undefined> {
  const place = await placeOf(join(cacheDir, "k3s-from-modules"), arch, signal);
  if (typeof place === "string") return place;
  return existsSync(place.target) ? place.target : undefined;
}

/** Builds everything once and returns a directory that looks like an air-gap release. */
export async function buildModules({
  cacheDir,
  arch,
  offline = false,
  signal,
  onProgress: report = () => {},
}: BuildOptions): Promise<string> {
  const place = await placeOf(join(cacheDir, "k3s-from-modules"), arch, signal);
  if (typeof place === "string") return place;
  const { target, id, go } = place;
  if (existsSync(target)) return target;
  const cc = compiler(arch, go.CC);
  await checkCompiler(cc, signal);
  await makeOnce(target, async (work) => {
    const job: Job = { arch, offline, signal, report, work, cc, moduleCache: go.GOMODCACHE };
    const all = parts(versions(id));
    for (const dir of ["bin", "images"]) await mkdir(join(work, dir));
    await download(all, job);
    await compileAll(all, job, availableParallelism());
    return pack(job);
  });
  return target;
}

/** Returns where a build belongs; or, where Go is gone, the directory of one that a Go has made. Throws where there is neither. */
async function placeOf(root: string, arch: Arch, signal: AbortSignal | undefined): Promise<Place | string> {
  const files = await readSources(sources, modules);
  const id = hashSources(files, [parts(versions("")), reproducible(), arch]);
  const needed = neededGo(modules.map(readGoMod));
  const mostDemanding = modules.find((module) => neededGo([readGoMod(module)]) === needed) ?? "k3s";
  try {
    const go = await goEnvironment(join(sources, mostDemanding), needed, signal);
    const { GOMODCACHE: _, ...decisive } = go;
    return { target: join(root, directoryName({ sources: id, tools: hashTools(decisive) })), id, go };
  } catch (error) {
    const built = error instanceof GoMissing ? await anyBuild(root, id) : undefined;
    if (built) return built; // Go was installed once, and what it built still exists.
    throw error;
  }
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
