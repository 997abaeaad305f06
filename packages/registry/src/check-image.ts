import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { writeTar } from "@k3s-lab/image-archive";
import { names } from "./names.js";
import { nodeArch } from "./node-arch.js";

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
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, content: Buffer) => {
    const digest = `sha256:${sha256(content)}`;
    blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  };
  const config = add(
    "application/vnd.oci.image.config.v1+json",
    json({
      created: "1970-01-01T00:00:00Z",
      architecture: arch,
      os: "linux",
      config: { Labels: { "k3s-lab.registry": registry } },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    }),
  );
  const manifest = add(
    "application/vnd.oci.image.manifest.v1+json",
    json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [add("application/vnd.oci.image.layer.v1.tar+gzip", gzip(layer))],
    }),
  );
  const tag = manifest.digest.slice("sha256:".length, "sha256:".length + 12);
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations: { [refName]: tag } }] };
  const archive = writeTar([
    { name: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }) },
    { name: "index.json", content: json(index) },
    ...[...blobs].map(([digest, content]) => ({ name: `blobs/${digest.replace(":", "/")}`, content })),
  ]);
  return { digest: manifest.digest, config: config.digest, tag, repository: names.checkRepository, archive };
}

const refName = "org.opencontainers.image.ref.name";

/**
 * Stored, not deflated: other versions of zlib would deflate to other bytes. A layer that is no gzip at all would be
 * compressed by the push, and its manifest's digest would be another.
 */
function gzip(content: Buffer): Buffer {
  const bytes = gzipSync(content, { level: 0 });
  bytes[9] = 255; // The operating system that wrote it: unknown.
  return bytes;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
