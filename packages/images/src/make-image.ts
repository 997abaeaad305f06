import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Blob, blobOf, digestOf, json, pathOf, tables, writeTables } from "./layout.js";
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
  /** The layers below it, the lowest first: what several images have in common. */
  readonly below?: readonly MadeLayer[];
}

/** A layer whose digests are known, so that large ones are read only once for all their images. */
export interface MadeLayer {
  readonly blob: Blob;
  /** The digest of the tar archive itself. */
  readonly diffId: string;
  readonly content: Uint8Array;
}

/** An image of one layer, or of some with others below it: the same parts make the same bytes. */
export interface MadeImage {
  readonly architecture: string;
  readonly config: Blob;
  /** The lowest first. */
  readonly layers: readonly Blob[];
  readonly manifest: Blob;
  /** By digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Makes a layer of a tar archive; `gzipped` is how it is stored, where that is not the archive itself. */
export function makeLayer(tar: Uint8Array, gzipped?: Uint8Array): MadeLayer {
  const diffId = digestOf(tar);
  return gzipped
    ? { blob: blobOf(`${oci}.layer.v1.tar+gzip`, gzipped), diffId, content: gzipped }
    : { blob: { mediaType: `${oci}.layer.v1.tar`, digest: diffId, size: tar.length }, diffId, content: tar };
}

export function makeImage({ architecture, config: settings, layer, gzipped, below = [] }: NewImage): MadeImage {
  const layers = [...below, makeLayer(layer, gzipped)];
  const blobs = new Map<string, Uint8Array>();
  const config = addTo(
    blobs,
    `${oci}.config.v1+json`,
    json({
      created: "1970-01-01T00:00:00Z",
      architecture,
      os: "linux",
      config: settings,
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  for (const { blob, content } of layers) blobs.set(blob.digest, content);
  const mediaType = `${oci}.manifest.v1+json`;
  const described = layers.map(({ blob }) => blob);
  const manifest = addTo(blobs, mediaType, json({ schemaVersion: 2, mediaType, config, layers: described }));
  return { architecture, config, layers: described, manifest, blobs };
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
  const annotations = annotationsOf(name);
  const [image, ...more] = images;
  if (image !== undefined && more.length === 0) {
    return archive([{ ...manifests[0], annotations }], blobs, dockerManifest(image, name));
  }
  const mediaType = `${oci}.index.v1+json`;
  const index = addTo(blobs, mediaType, json({ schemaVersion: 2, mediaType, manifests }));
  return archive([{ ...index, annotations }], blobs);
}

/** Writes an OCI layout of several images, by their full names, into an empty folder. What they share is written once. */
export async function writeLayout(folder: string, images: ReadonlyMap<string, MadeImage>): Promise<void> {
  const blobs = new Map([...images.values()].flatMap((image) => [...image.blobs]));
  const manifests = [...images].map(([name, { manifest, architecture }]) => ({
    ...manifest,
    platform: { architecture, os: "linux" },
    annotations: annotationsOf(name),
  }));
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  for (const [digest, content] of blobs) await writeFile(join(folder, pathOf(digest)), content);
  await writeTables(folder, manifests);
}

const oci = "application/vnd.oci.image";
const refName = "org.opencontainers.image.ref.name";

function archive(manifests: readonly object[], blobs: ReadonlyMap<string, Uint8Array>, docker?: object): Buffer {
  return writeTar([
    ...tables(manifests),
    ...(docker === undefined ? [] : [{ name: "manifest.json", content: json(docker) }]),
    ...[...blobs].map(([digest, content]) => ({ name: pathOf(digest), content })),
  ]);
}

function annotationsOf(name: string): Readonly<Record<string, string>> {
  return { "io.containerd.image.name": name, [refName]: name.slice(name.lastIndexOf(":") + 1) };
}

function dockerManifest({ config, layers }: MadeImage, name: string): object {
  const paths = layers.map(({ digest }) => pathOf(digest));
  return [{ Config: pathOf(config.digest), RepoTags: [name], Layers: paths }];
}

function addTo(blobs: Map<string, Uint8Array>, mediaType: string, content: Uint8Array): Blob {
  const blob = blobOf(mediaType, content);
  blobs.set(blob.digest, content);
  return blob;
}
