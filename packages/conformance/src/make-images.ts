import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { run } from "@k3s-lab/exec";
import { makeForCaller, sha256 } from "@k3s-lab/host";
import {
  type MadeImage,
  makeImage,
  makeLayer,
  readFilesOf,
  type TarMember,
  writeLayout,
  writeTar,
} from "@k3s-lab/images";
import { makeOnce } from "@k3s-lab/k3s-from-modules/go";
import { hostArch } from "@k3s-lab/k3s-source";
import { Problem } from "@k3s-lab/problem";
import type { Building, Suite } from "./build-suite.js";
import { baseRecipe, makeBase } from "./debian-base.js";
import { type ImageRecipe, imageRecipes, type RecipeFile } from "./image-recipes.js";
import type { Places } from "./places.js";

/** Raised when something about the images changes that the recipes do not show. */
const edition = 1;

/** The images of the tests, as an image folder. */
export interface TestImages {
  readonly folder: string;
  /** What `npm run push` is given for each of them. */
  readonly sources: readonly string[];
}

/** The repository's folder that the images are in. */
export const repository = "e2e";

/** Makes every image, once for each state of the suite and the recipes. */
export async function makeImages(places: Places, suite: Suite, building: Building): Promise<TestImages> {
  const folder = join(places.images, imagesKey(suite.key));
  if (!existsSync(folder)) {
    makeForCaller(places.images);
    await makeOnce(folder, async (work) => {
      const archive = await makeBase(work, building);
      const layout = join(work, "layout");
      await mkdir(layout);
      await writeImages(layout, archive, suite, building);
      await rm(archive);
      return layout;
    });
  }
  return { folder, sources: imageNames().map((name) => `oci:${folder}:${nameOf(name)}`) };
}

/** Tells one state of what the images are made of from another. */
export function imagesKey(suite: string): string {
  return sha256(JSON.stringify([edition, suite, baseRecipe, imageRecipes([])])).slice(0, 12);
}

/** The images' names, without the folder. */
export function imageNames(): readonly string[] {
  return imageRecipes([]).map(({ name }) => name);
}

/** What an image is called in its folder: pushed, it keeps all of that but Docker's registry. */
function nameOf(name: string): string {
  return `docker.io/${repository}/${name}`;
}

async function writeImages(layout: string, archive: string, suite: Suite, { progress, signal }: Building) {
  const programs = await programsIn(archive);
  const applets = await appletsOf(programs, dirname(archive), signal);
  progress("compressing the Debian of the images");
  const tar = await readFile(archive);
  const base = makeLayer(tar, await compressed(tar));
  const images = new Map<string, MadeImage>();
  const recipes = imageRecipes(applets);
  for (const [index, recipe] of recipes.entries()) {
    signal.throwIfAborted();
    progress(`making ${recipe.name} (${index + 1} of ${recipes.length} images)`);
    const layer = writeTar(await filesOf(recipe, suite, programs));
    images.set(
      nameOf(recipe.name),
      makeImage({
        architecture: hostArch().name,
        config: { Env: [path], WorkingDir: "/", ...recipe.config },
        layer,
        gzipped: await compressed(layer),
        ...(recipe.onDebian && { below: [base] }),
      }),
    );
  }
  await writeLayout(layout, images);
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Compressed here, since skopeo would do it again for every image that it pushes. */
function compressed(tar: Uint8Array): Promise<Buffer> {
  return promisify(gzip)(tar, { level: 6 });
}

/** Programs of the base that images without it hold, by their names. */
async function programsIn(archive: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = await readFilesOf(archive, (name) => /^(usr\/)?bin\/(busybox|bash-static)$/.test(name));
  return new Map([...found].map(([name, content]) => [basename(name), content]));
}

/** Asks the busybox of the base what it can be called. */
async function appletsOf(
  programs: ReadonlyMap<string, Uint8Array>,
  folder: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // By another name it would take itself for an applet.
  const file = join(folder, "busybox");
  await writeFile(file, program("busybox", programs));
  await chmod(file, 0o755);
  const { stdout } = await run(file, ["--list"], { signal });
  return stdout.split("\n").filter((applet) => applet !== "");
}

function program(name: string, programs: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const found = programs.get(name);
  if (found) return found;
  throw new Problem("LAB-TST-001", "images of the tests", `their Debian has no /usr/bin/${name}`);
}

/** Returns what an image's own layer holds. */
async function filesOf(
  { files }: ImageRecipe,
  suite: Suite,
  programs: ReadonlyMap<string, Uint8Array>,
): Promise<readonly TarMember[]> {
  const read = async (file: RecipeFile): Promise<TarMember> => {
    const { path: name } = file;
    if ("link" in file) return { name, link: file.link };
    if ("folder" in file) return { name, mode: file.folder };
    if ("text" in file) return { name, content: Buffer.from(file.text), mode: file.mode ?? 0o644 };
    if ("debian" in file) return { name, content: program(file.debian, programs), mode: 0o755 };
    return { name, content: await readFile(join(suite.folder, file.suite)), mode: file.mode ?? 0o755 };
  };
  return Promise.all(files.map(read));
}
