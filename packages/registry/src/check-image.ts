import { gzipSync } from "node:zlib";
import { hostArch } from "@k3s-lab/k3s-source";
import { type MadeImage, makeImage, writeTar } from "@k3s-lab/images";
import { names } from "./names.js";

/** An image of one small file, which proves that what is pushed can be pulled. Its bytes are the same every time. */
export interface CheckImage {
  /** Digest of its configuration: "sha256:...". */
  readonly config: string;
  /** Digest of its manifest: "sha256:...". */
  readonly digest: string;
  /** The beginning of the digest, so that a node that has the tag has exactly this image. */
  readonly tag: string;
  readonly repository: string;
  readonly image: MadeImage;
}

/**
 * Makes the image for a registry of that name: a node that has it has pulled it by this name, and by no other. Of one that is secured
 * there is another image for each revision of its keys, so that each is proved.
 */
export function checkImage(registry: string, arch: string = hostArch().name, revision?: number): CheckImage {
  const layer = writeTar([{ name: "k3s-lab", content: Buffer.from("This image proves that the registry works.\n") }]);
  const image = makeImage({
    architecture: arch,
    config: { Labels: { "k3s-lab.registry": registry, ...(revision && { "k3s-lab.revision": String(revision) }) } },
    layer,
    gzipped: gzip(layer),
  });
  const { digest } = image.manifest;
  const tag = digest.slice("sha256:".length, "sha256:".length + 12);
  return { digest, config: image.config.digest, tag, repository: names.checkRepository, image };
}

/**
 * Stores without deflating, since other versions of zlib would deflate to other bytes. A layer that is not gzipped at
 * all would be compressed by the push, which would change its manifest's digest.
 */
function gzip(content: Buffer): Buffer {
  const bytes = gzipSync(content, { level: 0 });
  bytes[9] = 255; // The operating system that has written it: unknown.
  return bytes;
}
