import { createHash } from "node:crypto";
import { writeTar } from "./write-tar.js";

export interface NewImage {
  /** In Go's words: "amd64". */
  readonly architecture: string;
  /** What a container starts with: Entrypoint, Labels. */
  readonly config: object;
  /** A tar archive. */
  readonly layer: Uint8Array;
  /** The layer as it is stored, where that is not the archive itself. */
  readonly gzipped?: Uint8Array;
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An image of one layer: the same parts make the same bytes. */
export interface MadeImage {
  readonly architecture: string;
  readonly config: Blob;
  readonly layer: Blob;
  readonly manifest: Blob;
  /** By digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export function makeImage({ architecture, config: settings, layer: tar, gzipped }: NewImage): MadeImage {
  const blobs = new Map<string, Uint8Array>();
  const config = addTo(
    blobs,
    `${oci}.config.v1+json`,
    json({
      created: "1970-01-01T00:00:00Z",
      architecture,
      os: "linux",
      config: settings,
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    }),
  );
  const layer = gzipped ? addTo(blobs, `${oci}.layer.v1.tar+gzip`, gzipped) : addTo(blobs, `${oci}.layer.v1.tar`, tar);
  const mediaType = `${oci}.manifest.v1+json`;
  const manifest = addTo(blobs, mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  return { architecture, config, layer, manifest, blobs };
}

/** Makes an OCI archive of one image, which has nothing but a tag in it. */
export function ociArchive(image: MadeImage, tag: string): Buffer {
  return archive([{ ...image.manifest, annotations: { [refName]: tag } }], image.blobs);
}

/**
 * Makes an OCI archive of one image for each of its architectures; what imports it knows the image by its full name. For
 * one architecture it is a docker-archive as well.
 */
export function namedArchive(images: readonly MadeImage[], name: string): Buffer {
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  const manifests = images.map(({ manifest, architecture }) => ({
    ...manifest,
    platform: { architecture, os: "linux" },
  }));
  const annotations = { "io.containerd.image.name": name, [refName]: name.slice(name.lastIndexOf(":") + 1) };
  const [image, ...more] = images;
  if (image !== undefined && more.length === 0) {
    return archive([{ ...manifests[0], annotations }], blobs, dockerManifest(image, name));
  }
  const mediaType = `${oci}.index.v1+json`;
  const index = addTo(blobs, mediaType, json({ schemaVersion: 2, mediaType, manifests }));
  return archive([{ ...index, annotations }], blobs);
}

const oci = "application/vnd.oci.image";
const refName = "org.opencontainers.image.ref.name";

function archive(manifests: readonly object[], blobs: ReadonlyMap<string, Uint8Array>, docker?: object): Buffer {
  return writeTar([
    { name: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }) },
    { name: "index.json", content: json({ schemaVersion: 2, manifests }) },
    ...(docker === undefined ? [] : [{ name: "manifest.json", content: json(docker) }]),
    ...[...blobs].map(([digest, content]) => ({ name: pathOf(digest), content })),
  ]);
}

function dockerManifest({ config, layer }: MadeImage, name: string): object {
  return [{ Config: pathOf(config.digest), RepoTags: [name], Layers: [pathOf(layer.digest)] }];
}

function addTo(blobs: Map<string, Uint8Array>, mediaType: string, content: Uint8Array): Blob {
  const digest = digestOf(content);
  blobs.set(digest, content);
  return { mediaType, digest, size: content.length };
}

function pathOf(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
