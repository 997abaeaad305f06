import { basename } from "node:path";
import type { ContainedImage, ImageFile } from "@k3s-lab/images";
import { wrong } from "./image-source.js";

/** The one image that is meant; an archive of several needs to be told which. */
export function selectImage(file: ImageFile, wanted: string | undefined): ContainedImage {
  const { images, kind, path } = file;
  const [only] = images;
  if (wanted === undefined && images.length === 1 && only !== undefined) return only;
  const matching = images.filter(
    ({ names, selector }, index) => wanted !== undefined && [...names, selector, `@${index}`].includes(wanted),
  );
  if (matching.length === 1 && matching[0] !== undefined) return matching[0];
  if (images.length === 0) throw wrong(path, "holds no image");
  const choices = images.map(({ names, selector }) => selector ?? names[0] ?? "one without a name");
  const what =
    wanted === undefined
      ? `holds ${images.length} images, expected to be told which: ${choices.join(", ")}`
      : `holds ${matching.length === 0 ? "no" : "more than one"} image ${wanted}; it holds ${choices.join(", ")}`;
  throw wrong(path, what, { remedy: `Write ${kind}:${basename(path)}:NAME, with the folder before it.` });
}
