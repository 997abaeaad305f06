import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseImage, wrongImage } from "./image-source.js";
import { locateImage } from "./locate-image.js";
import type { LocatedImage, Locating } from "./located-image.js";

/** An image that was asked for, as it was found. */
export interface AskedImage {
  /** As the user has written it. */
  readonly written: string;
  /** A folder of its own, for what it is unpacked into. */
  readonly own: string;
  readonly image: LocatedImage;
}

export interface LocatingImages extends Omit<Locating, "written"> {
  /** The name that was asked for. */
  readonly name: string | undefined;
}

/** Looks for images at their sources, one after the other; throws the Problem of the first that is not found. */
export async function* locateImages(
  images: readonly string[],
  { name, scratch, ...locating }: LocatingImages,
): AsyncGenerator<AskedImage> {
  if (name !== undefined && images.length > 1) {
    throw wrongImage(`--name ${name}`, `is one name for ${images.length} images`, "Name each image by itself.");
  }
  const { env } = locating;
  for (const [index, written] of images.entries()) {
    const own = join(scratch, String(index));
    mkdirSync(own);
    const source = parseImage(written, env.INIT_CWD ?? process.cwd(), env);
    yield { written, own, image: await locateImage(source, { ...locating, written, scratch: own }) };
  }
}
