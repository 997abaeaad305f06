export { type ContainedImage, type ImageFile, imagesIn, readImageFile } from "./image-file.js";
export { type Compression, openPlain } from "./compression.js";
export { type MadeImage, makeImage, namedArchive, type NewImage, ociArchive } from "./make-image.js";
export { formatReference, fullName, parseReference, type Reference } from "./reference.js";
export { type TarFile, writeTar } from "./write-tar.js";
