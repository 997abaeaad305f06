import { gzipSync } from "node:zlib";
import { makeImage, ociArchive, writeTar } from "@k3s-lab/images";
import { names } from "./names.js";
import { nodeArch } from "./cached-image.js";

/** An image of one small file, for proving that what is pushed can be pulled. The same bytes every time. */
export interface CheckImage {
  /** Of its configuration. */
  readonly config: string;
  /** Of its manifest: "sha256:..." */
  readonly digest: string;
  /** Says the digest, so that a node that has the tag has exactly this image. */
  readonly tag: string;
  readonly repository: string;
  /** An OCI archive. */
  readonly archive: Uint8Array;
}

/** One for each name of a registry: a node that has it has pulled it by that name, and no other. */
export function checkImage(registry: string, arch: string = nodeArch()): CheckImage {
  const layer = writeTar([{ name: "k3s-lab", content: Buffer.from("This image proves that the registry works.\n") }]);
  const image = makeImage({
    architecture: arch,
    config: { Labels: { "k3s-lab.registry": registry } },
    layer,
    gzipped: gzip(layer),
  });
  const { digest } = image.manifest;
  const tag = digest.slice("sha256:".length, "sha256:".length + 12);
  const archive = ociArchive(image, tag);
  return { digest, config: image.config.digest, tag, repository: names.checkRepository, archive };
}

/**
 * Stored, not deflated: other versions of zlib would deflate to other bytes. A layer that is no gzip at all would be
 * compressed by the push, and its manifest's digest would be another.
 */
function gzip(content: Buffer): Buffer {
  const bytes = gzipSync(content, { level: 0 });
  bytes[9] = 255; // The operating system that wrote it: unknown.
  return bytes;
}
