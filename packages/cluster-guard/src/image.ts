import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import {
  buildProgram,
  goEnvironment,
  hashSources,
  makeOnce,
  neededGo,
  readSources,
} from "@k3s-lab/k3s-from-modules/go";
import { cacheDir, giveFolderToCaller, makeForCaller } from "@k3s-lab/host";
import { names } from "./names.js";

/** The program's sources, beside dist/ and src/. */
export const sources = fileURLToPath(new URL("../go", import.meta.url));

/** Returns twelve digits that tell one version of the guard's program from another. */
export async function hashOfSources(): Promise<string> {
  return hashSources(await readSources(sources, ["."]), names.program);
}

export interface BuildOptions {
  /** The nodes' architectures, as Kubernetes and Go call them: "amd64". */
  readonly architectures: readonly string[];
  progress(message: string): void;
  readonly signal: AbortSignal;
  readonly cache?: string;
}

/** Builds the archive of the guard's image, one program and nothing else, once. Resolves with its path. */
export async function buildImage({
  architectures,
  progress,
  signal,
  cache = cacheDir(),
}: BuildOptions): Promise<string> {
  const hash = await hashOfSources();
  const folder = join(cache, "cluster-guard");
  const target = join(folder, [hash, ...architectures].join("-"));
  const archive = join(target, "image.tar");
  if (existsSync(archive)) return archive;
  await goEnvironment(sources, neededGo([await readFile(join(sources, "go.mod"), "utf8")]), signal);
  makeForCaller(folder);
  await makeOnce(target, async (work) => {
    const images = [];
    for (const architecture of architectures) {
      progress(`building the guard's program for ${architecture}`);
      const program = join(work, architecture);
      await buildProgram({ folder: sources, out: program, arch: architecture, signal });
      images.push(imageOf(await readFile(program), architecture));
    }
    await writeFile(join(work, "image.tar"), namedArchive(images, localName(hash)));
    return work;
  });
  giveFolderToCaller(target);
  return archive;
}

/** Returns what the image is called where it does not come from a registry. */
export function localName(hash: string): string {
  return `${names.repository}:${hash}`;
}

function imageOf(program: Uint8Array, architecture: string) {
  const layer = writeTar([{ name: names.program.slice(1), content: program, mode: 0o755 }]);
  return makeImage({ architecture, config: { Entrypoint: [names.program] }, layer });
}
