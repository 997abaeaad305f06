import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { anyBuild, exists, makeOnce } from "./cache.js";
import { compileAll, download, type Job } from "./compile.js";
import { GoMissing } from "./errors.js";
import { goEnvironment, neededGo, type GoEnvironment } from "./go.js";
import { directoryName, hashSources, hashTools, readSources, type SourceFile } from "./key.js";
import { pack } from "./pack.js";
import { modules, parts, type Part, type Versions } from "./parts.js";
import type { Progress } from "./progress.js";
import { kubernetesVersion, requiredVersion, sources, type Arch } from "./release.js";
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
  const id = hashSources(files, [parts(versions(files, "")), options.arch]);
  let go: GoEnvironment;
  try {
    go = await goEnvironment(join(sources, demanding(files)), neededGo(goMods(files)), options.signal);
  } catch (error) {
    const built = error instanceof GoMissing ? await anyBuild(root, id) : undefined;
    if (built) return built; // Go was installed once, and what it built still exists.
    throw error;
  }
  const { GOMODCACHE: moduleCache, ...decisive } = go;
  const target = join(root, directoryName({ sources: id, tools: hashTools(decisive) }));
  if (await exists(target)) return target;
  const cc = compiler(options.arch, go.CC);
  await checkCompiler(cc, options.signal);
  await makeOnce(target, (work) => build({ ...job(options), work, cc, moduleCache }, parts(versions(files, id))));
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

function text(files: readonly SourceFile[], name: string): string {
  const file = files.find((each) => each.name === name);
  if (!file) throw new Error(`${sources}/${name} is missing`);
  return Buffer.from(file.content).toString("utf8");
}

function goModNames(files: readonly SourceFile[]): readonly string[] {
  return files.map(({ name }) => name).filter((name) => name.endsWith("/go.mod"));
}

function goMods(files: readonly SourceFile[]): readonly string[] {
  return goModNames(files).map((name) => text(files, name));
}

/** Returns the folder of the module that asks for the newest Go. */
function demanding(files: readonly SourceFile[]): string {
  const needed = neededGo(goMods(files));
  const name = goModNames(files).find((each) => neededGo([text(files, each)]) === needed);
  return dirname(name ?? "k3s/go.mod");
}

function versions(files: readonly SourceFile[], id: string): Versions {
  return {
    kubernetes: kubernetesVersion(),
    containerd: requiredVersion(text(files, "k3s/go.mod"), "github.com/containerd/containerd/v2"),
    runc: requiredVersion(text(files, "runc/go.mod"), "github.com/opencontainers/runc"),
    sources: id,
  };
}
