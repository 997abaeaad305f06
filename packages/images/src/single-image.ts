import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPlain } from "./compression.js";
import { blobOf, json, pathOf, writeTables } from "./layout.js";
import type { ContainedImage, Descriptor, ImageFile } from "./image-file.js";
import { tarEntries } from "./read-tar.js";
import { fileSource, streamSource } from "./tar-source.js";

/**
 * Makes, in an empty folder, an OCI layout of one image from another layout or from an archive of one. skopeo selects by
 * the tag alone, which images may share or lack. Blobs of a folder are linked, not copied.
 */
export async function makeSingleImage(file: ImageFile, { descriptors }: ContainedImage, folder: string): Promise<void> {
  await (file.kind === "oci" ? linkBlobs(file.path, folder) : unpackBlobs(file, folder));
  const [first, ...others] = descriptors;
  const manifest = others.length === 0 ? { ...first, annotations: {} } : await writeIndex(descriptors, folder);
  await writeTables(folder, [manifest]);
}

/** Where a layout has a blob; the names of an archive's files are not to be trusted. */
const blobPath = /^blobs\/[a-z0-9]+\/[0-9a-f]{32,}$/;

async function linkBlobs(layout: string, folder: string): Promise<void> {
  for (const algorithm of await readdir(join(layout, "blobs"))) {
    await mkdir(join(folder, "blobs", algorithm), { recursive: true });
    for (const name of await readdir(join(layout, "blobs", algorithm))) {
      await symlink(join(layout, "blobs", algorithm, name), join(folder, "blobs", algorithm, name));
    }
  }
}

async function unpackBlobs({ path, compression }: ImageFile, folder: string): Promise<void> {
  await using source = compression ? streamSource(openPlain(path, compression)) : await fileSource(path);
  for await (const { name, pieces, link } of tarEntries(source)) {
    if (link !== undefined || !blobPath.test(name)) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await pipeline(pieces, createWriteStream(join(folder, name)));
  }
}

/** Writes an index of the image's platforms, which its layout had none of. */
async function writeIndex(manifests: readonly Descriptor[], folder: string): Promise<Descriptor> {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const content = json({ schemaVersion: 2, mediaType, manifests });
  const blob = blobOf(mediaType, content);
  await writeFile(join(folder, pathOf(blob.digest)), content);
  return blob;
}

/** The platforms that an image is for: "linux/amd64". */
interface Platforms {
  readonly present: readonly string[];
  /** Those whose blobs are missing, though an index names them: Docker saves only what it has pulled. */
  readonly missing: readonly string[];
  /** Whether an index names them, from which one is chosen. */
  readonly isIndex: boolean;
}

/**
 * Returns the platforms of a layout of one image, without those of attestations; undefined where it does not name any.
 * Throws where the image itself is missing.
 */
export async function platformsOf(folder: string): Promise<Platforms | undefined> {
  const pathIn = ({ digest = "" }: Descriptor) => join(folder, pathOf(digest));
  const read = async (blob: Descriptor): Promise<Contents> => {
    try {
      return JSON.parse(await readFile(pathIn(blob), "utf8")) as Contents;
    } catch (cause) {
      throw new Error(`it lacks ${blob.digest ?? "a digest"}, which its index names`, { cause });
    }
  };
  const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as { manifests: readonly Descriptor[] };
  const contents = await read(index.manifests[0] ?? {});
  if (contents.manifests === undefined) {
    const platform = nameOf(contents.config && (await read(contents.config)));
    return platform === undefined ? undefined : { present: [platform], missing: [], isIndex: false };
  }
  const [present, missing]: [Set<string>, Set<string>] = [new Set(), new Set()];
  for (const entry of contents.manifests ?? []) {
    const platform = nameOf(entry.platform);
    if (platform !== undefined) (existsSync(pathIn(entry)) ? present : missing).add(platform);
  }
  return { present: [...present], missing: [...missing], isIndex: true };
}

function nameOf(platform: Descriptor["platform"]): string | undefined {
  const { os, architecture } = platform ?? {};
  // An attestation calls them unknown; what was made without a base may have them empty.
  return os && architecture && os !== "unknown" ? `${os}/${architecture}` : undefined;
}

/** An index, a manifest, or an image's configuration. */
interface Contents {
  readonly manifests?: readonly Descriptor[] | null;
  readonly config?: Descriptor;
  readonly os?: string;
  readonly architecture?: string;
}
