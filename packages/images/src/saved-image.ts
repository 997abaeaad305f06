import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { compressionOf, openPlain } from "./compression.js";
import type { ContainedImage, ImageFile } from "./image-file.js";
import { type Blob, blobOf, json, pathOf, writeTables } from "./layout.js";
import { tarEntries } from "./read-tar.js";
import { fileSource, streamSource } from "./tar-source.js";

/** A row of a docker-archive's table. */
interface Row {
  readonly Config: string;
  readonly Layers: readonly string[] | null;
}

/**
 * Makes, in an empty folder, an OCI layout of one image of a docker-archive. Layers stay as they were saved, most often plain: what
 * they are compressed with is a matter of their names alone.
 */
export async function makeSavedImage(
  file: ImageFile,
  { selectors }: Pick<ContainedImage, "selectors">,
  folder: string,
): Promise<void> {
  await mkdir(join(folder, pathOf("sha256:")), { recursive: true });
  const { rows, links } = await readTable(file);
  const place = Number(selectors.at(-1)?.replace("@", ""));
  const { Config = "", Layers } = rows.filter((row) => row.Config !== null)[place] ?? {};
  const named = [Config, ...(Layers ?? [])].map((name) => resolve(posix.normalize(name), links));
  const blobs = await unpack(file, new Set(named), folder);
  const [config, ...layers] = named.map((name) => {
    const blob = blobs.get(name);
    if (blob === undefined) throw new Error(`it lacks ${name}, which its table names`);
    return blob;
  });
  const mediaType = `${oci}.manifest.v1+json`;
  const content = json({
    schemaVersion: 2,
    mediaType,
    config: { ...config, mediaType: `${oci}.config.v1+json` },
    layers,
  });
  const manifest = blobOf(mediaType, content);
  await writeFile(join(folder, pathOf(manifest.digest)), content);
  await writeTables(folder, [manifest]);
}

const oci = "application/vnd.oci.image";

function openArchive({ path, compression }: ImageFile) {
  return compression ? streamSource(openPlain(path, compression)) : fileSource(path);
}

async function readTable(file: ImageFile) {
  await using source = await openArchive(file);
  const links = new Map<string, string>();
  let table = "[]";
  for await (const { name, pieces, link } of tarEntries(source)) {
    // Docker before 25 saves a layer that several images have once.
    if (link !== undefined) links.set(name, link);
    else if (name === "manifest.json") table = await contentOf(pieces());
  }
  return { rows: JSON.parse(table) as readonly Row[], links };
}

async function contentOf(pieces: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

function resolve(name: string, links: ReadonlyMap<string, string>, depth = 0): string {
  const link = links.get(name);
  return link === undefined || depth > 8 ? name : resolve(link, links, depth + 1);
}

/** Puts files of the archive among a layout's blobs, and returns what they are there. */
async function unpack(file: ImageFile, wanted: ReadonlySet<string>, folder: string): Promise<Map<string, Blob>> {
  await using source = await openArchive(file);
  const blobs = new Map<string, Blob>();
  for await (const { name, pieces, link } of tarEntries(source)) {
    if (link !== undefined || !wanted.has(name)) continue;
    const part = join(folder, "part");
    const hash = createHash("sha256");
    let size = 0;
    const counted = async function* () {
      for await (const piece of pieces()) {
        hash.update(piece);
        size += piece.length;
        yield piece;
      }
    };
    await pipeline(counted, createWriteStream(part));
    const digest = `sha256:${hash.digest("hex")}`;
    const mediaType = `${oci}.layer.v1.tar${await suffixOf(part)}`;
    await rename(part, join(folder, pathOf(digest)));
    blobs.set(name, { mediaType, digest, size });
  }
  return blobs;
}

async function suffixOf(path: string): Promise<string> {
  const head = Buffer.alloc(8);
  const file = await open(path);
  await file.read(head, 0, head.length, 0).finally(() => file.close());
  const compression = compressionOf(head);
  return compression === undefined ? "" : `+${compression}`;
}
