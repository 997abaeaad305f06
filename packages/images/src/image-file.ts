import { statSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { type Compression, compressionOf, openPlain } from "./compression.js";
import { isHeader, readTar } from "./read-tar.js";
import { fullName } from "./reference.js";
import { fileSource, streamSource } from "./tar-source.js";

/** The table of contents of an archive, or of a folder. */
export interface ImageFile {
  readonly kind: "docker-archive" | "oci-archive" | "oci";
  readonly path: string;
  /** Undefined for a folder, and for a plain archive. */
  readonly compression: Compression | undefined;
  readonly images: readonly ContainedImage[];
}

export interface ContainedImage {
  /** Full names, "docker.io/library/hello:1"; or tags alone, as an OCI layout may have them. */
  readonly names: readonly string[];
  /** What skopeo selects this one image by; undefined where only its position selects it. */
  readonly selector?: string | undefined;
}

/** Reads what a file or a folder holds: its content decides what it is, never its name. */
export async function readImageFile(path: string): Promise<ImageFile> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw wrong(path, "does not exist, expected a docker-archive, an oci-archive or an OCI folder");
  if (stat.isDirectory()) {
    const index = readFile(join(path, "index.json"));
    const images = ociImages(await parse(path, index, "is not an OCI folder, expected an index.json in it"));
    return { kind: "oci", path, compression: undefined, images };
  }
  const { compression, files } = await readTables(path).catch((cause: Error) => {
    throw wrong(path, `cannot be read as an archive: ${cause.message}`, { cause });
  });
  // `docker save` writes both today; its manifest.json has the full names of every image.
  const [docker, oci] = [files.get("manifest.json"), files.get("index.json")];
  if (docker !== undefined)
    return { kind: "docker-archive", path, compression, images: dockerImages(await parse(path, docker)) };
  if (oci !== undefined) return { kind: "oci-archive", path, compression, images: ociImages(await parse(path, oci)) };
  throw wrong(
    path,
    "is an archive without an image, expected manifest.json (docker-archive) or index.json (oci-archive)",
  );
}

/** Reads the files of an archive that tell which images it holds, by name. */
async function readTables(path: string) {
  const compression = await compressionIn(path);
  await using source = compression ? streamSource(openPlain(path, compression)) : await fileSource(path);
  return { compression, files: await readTar(source, (name) => name === "manifest.json" || name === "index.json") };
}

/** Tells how an archive is compressed; throws for a file that is not a tar archive. */
async function compressionIn(path: string): Promise<Compression | undefined> {
  const bytes = Buffer.alloc(512);
  const file = await open(path);
  await file.read(bytes, 0, 512, 0).finally(() => file.close());
  if (isHeader(bytes)) return undefined;
  const compression = compressionOf(bytes);
  if (compression === undefined) throw new Error("it is not a tar archive, neither plain nor compressed");
  return compression;
}

/** Parses a table of contents; throws a Problem that tells `what` is wrong where it cannot be read. */
async function parse<Value>(
  path: string,
  content: Buffer | Promise<Buffer>,
  what = "its table of contents is not valid JSON",
): Promise<Value> {
  try {
    return JSON.parse(String(await content)) as Value;
  } catch (cause) {
    throw wrong(path, what, { cause });
  }
}

type DockerManifest = readonly { readonly RepoTags?: readonly string[] | null }[];
interface OciIndex {
  readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
}

function dockerImages(manifest: DockerManifest): ContainedImage[] {
  return manifest.map(({ RepoTags }, index) => ({ names: RepoTags ?? [], selector: RepoTags?.[0] ?? `@${index}` }));
}

function ociImages({ manifests = [] }: OciIndex): ContainedImage[] {
  return manifests.map(({ annotations = {} }) => {
    const selector = annotations["org.opencontainers.image.ref.name"];
    const names = [annotations["io.containerd.image.name"], selector].filter((name) => name !== undefined);
    return { names: names.slice(0, 1), selector };
  });
}

/** Returns the full names of an archive's images, as containerd has them after an import. */
export async function imagesIn(path: string): Promise<readonly string[]> {
  const { images } = await readImageFile(path);
  // An OCI layout may have a tag alone, which does not name an image.
  const names = images.flatMap((image) => image.names).filter((name) => /[/:]/.test(name));
  return [...new Set(names.map(fullName))].toSorted();
}

function wrong(subject: string, what: string, options?: { readonly cause: unknown }): Problem {
  return new Problem("LAB-IMG-001", subject, what, options);
}
