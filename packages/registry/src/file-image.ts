import { createWriteStream, mkdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  type ContainedImage,
  fullName,
  type ImageFile,
  makeSavedImage,
  makeSingleImage,
  openPlain,
  platformsOf,
} from "@k3s-lab/images";
import { hostArch } from "@k3s-lab/k3s-source";
import { wrongImage } from "./image-source.js";
import type { LocatedImage, Locating } from "./located-image.js";

type FileLocating = Pick<Locating, "written" | "scratch" | "allPlatforms" | "progress">;

/** Returns the image that is meant of a file or folder; throws a Problem where it holds none, or not just that one. */
export function imageOfFile(file: ImageFile, wanted: string | undefined, locating: FileLocating): LocatedImage {
  const { scratch } = locating;
  const image = selectImage(file, wanted);
  return {
    // Asking for one of an image's names excludes the others.
    names: onlyNamed(image.names, wanted),
    subject: file.subject,
    ...(file.kind !== "dir" && { toLayout: () => layoutOf(file, image, locating) }),
    toSkopeo: async () => {
      if (image.descriptors.length > 0) return { source: `oci:${await singleImage(file, image, locating)}` };
      // One of several must be named to skopeo; the only one may have no name at all.
      const which = file.images.length > 1 ? [image.selectors[0]] : [];
      return { source: [file.kind, await readablePath(file, scratch), ...which].join(":") };
    },
  };
}

function onlyNamed(names: readonly string[], wanted: string | undefined): readonly string[] {
  const named = wanted === undefined ? [] : names.filter((name) => isSame(name, wanted));
  return named.length > 0 ? named : names;
}

async function layoutOf(file: ImageFile, image: ContainedImage, locating: FileLocating): Promise<string> {
  if (image.descriptors.length > 0) return singleImage(file, image, locating);
  const folder = join(locating.scratch, "image");
  mkdirSync(folder);
  await makeSavedImage(file, image, folder).catch((cause: Error) => {
    throw wrongImage(file.subject, `is incomplete: ${cause.message}`);
  });
  return folder;
}

/** Makes a layout of the image, and returns its folder. Of several platforms, skopeo takes the host's, as nodes do. */
async function singleImage(file: ImageFile, image: ContainedImage, locating: FileLocating): Promise<string> {
  const { written, scratch, allPlatforms, progress } = locating;
  const folder = join(scratch, "image");
  mkdirSync(folder);
  await makeSingleImage(file, image, folder);
  const platforms = await platformsOf(folder).catch((cause: Error) => {
    throw wrongImage(file.subject, `is incomplete: ${cause.message}`);
  });
  if (platforms === undefined) return folder;
  const { present, missing, isIndex } = platforms;
  const nodes = `linux/${hostArch().name}`;
  const listed = (names: readonly string[]) => (names.length === 0 ? "no platform" : names.join(" and "));
  if (present.length + missing.length === 0) throw wrongImage(file.subject, "holds no image");
  if (allPlatforms && missing.length > 0) {
    const what = `lacks ${listed(missing)}, which its index names`;
    throw wrongImage(written, what, "Leave --all-platforms out, or pull every platform of it first.");
  }
  if (allPlatforms || present.includes(nodes)) return folder;
  if (isIndex) {
    const remedy = `Build or pull it for ${nodes}, too: --platform ${nodes}.`;
    throw wrongImage(written, `is for ${listed(present)}, expected ${nodes}, the nodes' platform`, remedy);
  }
  progress(`${written} is for ${listed(present)}, while the nodes are ${nodes}`);
  return folder;
}

/** Selects the one image that is meant; of several, `wanted` must name one. */
export function selectImage({ images, kind, path, subject }: ImageFile, wanted: string | undefined): ContainedImage {
  const matching = images.filter(({ selectors }) =>
    wanted === undefined ? images.length === 1 : selectors.some((selector) => isSame(selector, wanted)),
  );
  const [image] = matching;
  if (image !== undefined && matching.length === 1) return image;
  if (images.length === 0) throw wrongImage(subject, "holds no image");
  const choices = images.map(({ selectors }) => selectors[0].replace(/^docker\.io\/(?:library\/)?/, "")).join(", ");
  const what =
    wanted === undefined
      ? `holds ${images.length} images, expected one of them to be named: ${choices}`
      : `holds ${matching.length === 0 ? "no" : "more than one"} image ${wanted}; it holds ${choices}`;
  // Standard input, or what was saved for this push, is gone afterwards.
  const remedy =
    subject === path
      ? `Write ${kind}:${basename(path)}:NAME, with the folder before it.`
      : `Write it into a file, then ${kind}:FILE:NAME.`;
  throw wrongImage(subject, what, remedy);
}

/** Tells whether two names are the same; either may leave out Docker's own registry. */
function isSame(selector: string, wanted: string): boolean {
  return selector === wanted || fullName(selector) === fullName(wanted);
}

/** Returns a path that skopeo can read: it cannot read compressed archives, nor paths with a colon. */
async function readablePath({ path, compression }: ImageFile, scratch: string): Promise<string> {
  if (compression !== undefined) {
    // Debian's skopeo 1.9 refuses a compressed docker-archive, though its manual lists it.
    const plain = join(scratch, "image.tar");
    await pipeline(openPlain(path, compression), createWriteStream(plain));
    return plain;
  }
  if (!path.includes(":")) return path;
  const link = join(scratch, "image");
  symlinkSync(path, link);
  return link;
}
