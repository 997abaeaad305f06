import { createWriteStream, existsSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  type ContainedImage,
  formatReference,
  type ImageFile,
  openPlain,
  parseReference,
  readImageFile,
} from "@k3s-lab/images";
import { type Copy, plainSource } from "@k3s-lab/images/skopeo";
import type { Problem } from "@k3s-lab/problem";
import { expected, type ImageSource, wrongImage } from "./image-source.js";
import type { Registry } from "./registry.js";

/** An image that can be pushed. */
export interface LocatedImage {
  /** The names that it has already. */
  readonly names: readonly string[];
  /** What a message calls it. */
  readonly subject: string;
  /** What to do where skopeo cannot read it. */
  readonly remedy?: string;
  /** Renders it for skopeo. `scratch` is an empty folder, for what skopeo cannot read where it is. */
  toSkopeo(scratch: string): Promise<Pick<Copy, "source" | "flags">>;
}

export interface Locating {
  /** IMAGE as the user wrote it. */
  readonly written: string;
  readonly registry: Registry;
  readonly env?: NodeJS.ProcessEnv;
}

/** Looks for an image at its source; throws a Problem where none, or no single one, is found there. */
export async function locateImage(source: ImageSource, locating: Locating): Promise<LocatedImage> {
  if ("reference" in source) return referredImage(source, locating);
  const { path, image } = source;
  if (!existsSync(path)) throw missingImage(locating.written, path);
  const file = await readImageFile(path);
  const { names, selector } = selectImage(file, image);
  // One of several must be named to skopeo; the only one may have no name at all.
  const which = file.images.length > 1 && selector !== undefined ? [selector] : [];
  return {
    names,
    subject: path,
    toSkopeo: async (scratch) => ({ source: [file.kind, await readablePath(file, scratch), ...which].join(":") }),
  };
}

function referredImage(
  { transport, reference }: Extract<ImageSource, { reference: string }>,
  { written, registry, env = process.env }: Locating,
): LocatedImage {
  const located = { names: [reference], subject: written };
  if (transport === "docker-daemon") {
    const flags = env.DOCKER_HOST === undefined ? [] : [`--src-daemon-host=${env.DOCKER_HOST}`];
    return {
      ...located,
      remedy: "Start Docker or set DOCKER_HOST, or push a file that `docker save` has written.",
      toSkopeo: async () => ({ source: `docker-daemon:${reference}`, flags }),
    };
  }
  const parsed = parseReference(reference);
  // The host need not be able to resolve the name of the lab's own registry.
  const isOwn = parsed?.domain === registry.name;
  const address = isOwn ? formatReference({ ...parsed, domain: registry.host }) : reference;
  return {
    ...located,
    remedy: "Check the reference; a private registry requires `skopeo login` first.",
    toSkopeo: async () => ({ source: `docker://${address}`, flags: isOwn ? plainSource : [] }),
  };
}

/** Selects the one image that is meant; of several, `wanted` must name one. */
export function selectImage({ images, kind, path }: ImageFile, wanted: string | undefined): ContainedImage {
  const matching = images.filter(({ names, selector }, index) =>
    wanted === undefined ? images.length === 1 : [...names, selector, `@${index}`].includes(wanted),
  );
  const [image] = matching;
  if (image !== undefined && matching.length === 1) return image;
  if (images.length === 0) throw wrongImage(path, "holds no image");
  const choices = images.map(({ names, selector }) => selector ?? names[0] ?? "one without a name").join(", ");
  const what =
    wanted === undefined
      ? `holds ${images.length} images, expected to be told which: ${choices}`
      : `holds ${matching.length === 0 ? "no" : "more than one"} image ${wanted}; it holds ${choices}`;
  throw wrongImage(path, what, `Write ${kind}:${basename(path)}:NAME, with the folder before it.`);
}

/** Returns the Problem of a path where nothing is: most often a reference was meant, or a file elsewhere. */
export function missingImage(written: string, path: string): Problem {
  const looksLikeFile = /^(?:[./~]|(?:docker-archive|oci-archive|oci):)|\.(tar|tgz|gz|tar\.\w+)$/.test(written);
  if (looksLikeFile) return wrongImage(path, `does not exist, ${expected}`);
  if (parseReference(written) === undefined) {
    return wrongImage(written, `is neither a file nor an image reference, ${expected}`);
  }
  return wrongImage(
    written,
    `there is no such file (${path}), ${expected}`,
    `Write docker://${written} to take it from its registry, or docker-daemon:${written} to take it from Docker.`,
  );
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
