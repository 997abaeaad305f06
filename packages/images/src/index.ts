export { type ContainedImage, type ImageFile, imagesIn, readImageFile } from "./image-file.js";
export { openPlain } from "./compression.js";
export {
  type MadeImage,
  makeImage,
  type MadeLayer,
  makeLayer,
  namedArchive,
  type NewImage,
  ociArchive,
  writeLayout,
} from "./make-image.js";
export { readFilesOf } from "./read-files.js";
export { formatReference, fullName, parseReference, type Reference, withoutSecondName } from "./reference.js";
export { makeSavedImage } from "./saved-image.js";
export { makeSingleImage, platformsOf } from "./single-image.js";
export type { Descriptor } from "./image-file.js";
export { type TarFile, type TarMember, writeTar } from "./write-tar.js";
