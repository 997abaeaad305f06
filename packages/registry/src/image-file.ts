import { statSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { wrong } from "./image-source.js";
import { fileSource, gzipSource, isHeader, readTar } from "./tar-reader.js";

/** An archive's or a folder's own table of contents. */
export interface ImageFile {
  readonly kind: "docker-archive" | "oci-archive" | "oci";
  readonly path: string;
  readonly isGzip: boolean;
  readonly images: readonly ContainedImage[];
}

export interface ContainedImage {
  /** Full names, "docker.io/library/hello:1"; or tags alone, as an OCI layout may have them. */
  readonly names: readonly string[];
  /** What skopeo selects this one image by; undefined where it can be selected by its place only. */
  readonly selector?: string;
}

const compressions: readonly (readonly [magic: string, name: string, unpack: string])[] = [
  ["28b52ffd", "zstd", "zstd -d"],
  ["fd377a585a00", "xz", "xz -d"],
  ["425a68", "bzip2", "bzip2 -d"],
];

/** Looks into a file or a folder: its content decides what it is, never its name. */
export async function readImageFile(path: string): Promise<ImageFile> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw wrong(path, "is not there, expected a docker-archive, an oci-archive or an OCI folder");
  if (stat.isDirectory()) return { kind: "oci", path, isGzip: false, images: ociImages(await ociIndex(path)) };
  let files: Map<string, Buffer>;
  let isGzip: boolean;
  try {
    isGzip = await checkGzip(path);
    await using source = isGzip ? gzipSource(path) : await fileSource(path);
    files = await readTar(source, (name) => name === "manifest.json" || name === "index.json");
  } catch (cause) {
    throw wrong(path, `cannot be read as an archive: ${(cause as Error).message}`, { cause });
  }
  // What `docker save` writes today is both; its manifest.json has every image's full names.
  const [docker, oci] = [files.get("manifest.json"), files.get("index.json")];
  if (docker !== undefined) return { kind: "docker-archive", path, isGzip, images: dockerImages(parse(path, docker)) };
  if (oci !== undefined) return { kind: "oci-archive", path, isGzip, images: ociImages(parse(path, oci)) };
  throw wrong(path, "is an archive of no image, expected manifest.json (docker-archive) or index.json (oci-archive)");
}

/** Whether the archive is compressed. Refuses what is no tar archive, and says so by name where it is a compressed one that we don't unpack. */
async function checkGzip(path: string): Promise<boolean> {
  const bytes = Buffer.alloc(512);
  const file = await open(path);
  await file.read(bytes, 0, 512, 0);
  await file.close();
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return true;
  if (isHeader(bytes)) return false;
  const packed = compressions.find(([magic]) => bytes.toString("hex").startsWith(magic));
  if (packed === undefined) throw new Error("it is no tar archive, plain or gzip");
  throw new Error(`it is compressed with ${packed[1]}, expected plain or gzip; unpack it with ${packed[2]}`);
}

async function ociIndex(path: string): Promise<OciIndex> {
  try {
    return JSON.parse(await readFile(join(path, "index.json"), "utf8")) as OciIndex;
  } catch (cause) {
    throw wrong(path, "is no OCI folder, expected an index.json in it", { cause });
  }
}

function parse<Value>(path: string, content: Buffer): Value {
  try {
    return JSON.parse(content.toString()) as Value;
  } catch (cause) {
    throw wrong(path, "its table of contents is not valid JSON", { cause });
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
    return { names: names.slice(0, 1), ...(selector === undefined ? {} : { selector }) };
  });
}

/** The one image that is meant; an archive of several needs to be told which. */
export function selectImage(file: ImageFile, wanted: string | undefined): ContainedImage {
  const { images, kind, path } = file;
  const [only] = images;
  if (wanted === undefined && images.length === 1 && only !== undefined) return only;
  const matching = images.filter(
    ({ names, selector }, index) => wanted !== undefined && [...names, selector, `@${index}`].includes(wanted),
  );
  if (matching.length === 1 && matching[0] !== undefined) return matching[0];
  if (images.length === 0) throw wrong(path, "holds no image");
  const choices = images.map(({ names, selector }) => selector ?? names[0] ?? "one without a name");
  const what =
    wanted === undefined
      ? `holds ${images.length} images, expected to be told which: ${choices.join(", ")}`
      : `holds ${matching.length === 0 ? "no" : "more than one"} image ${wanted}; it holds ${choices.join(", ")}`;
  throw wrong(path, what, { remedy: `Write ${kind}:${basename(path)}:NAME, with the folder before it.` });
}
