import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { shellWord } from "@k3s-lab/exec";
import { readIfExists } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { type Compression, compressionOf, openPlain } from "./compression.js";
import { isHeader, readTar } from "./read-tar.js";
import { fullName, parseReference } from "./reference.js";
import { fileSource, streamSource } from "./tar-source.js";

/** The table of contents of an archive, or of a folder. */
export interface ImageFile {
  /** `oci` and `dir` are folders: an OCI layout, and what skopeo calls dir. */
  readonly kind: "docker-archive" | "oci-archive" | "oci" | "dir";
  readonly path: string;
  /** What messages call it. */
  readonly subject: string;
  /** Undefined for a folder, and for a plain archive. */
  readonly compression: Compression | undefined;
  readonly images: readonly ContainedImage[];
}

export interface ContainedImage {
  /** Full names, "docker.io/library/hello:1"; or tags alone, as an OCI layout may have them. */
  readonly names: readonly string[];
  /** All that may be written to mean this one image; first what it is called in a message. */
  readonly selectors: readonly [string, ...string[]];
  /** Its entries in an OCI index: several where each is for another platform. None in what is no OCI layout. */
  readonly descriptors: readonly Descriptor[];
}

/** An entry of an OCI index, with whatever else is in it. */
export interface Descriptor {
  readonly digest?: string;
  readonly mediaType?: string;
  readonly size?: number;
  readonly annotations?: Readonly<Record<string, string>> | null;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string } | null;
}

/** Reads what a file or a folder holds: its content decides what it is, never its name. */
export async function readImageFile(path: string, subject: string = path): Promise<ImageFile> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw wrong(subject, "does not exist, expected an image archive or an image folder");
  if (stat.isDirectory()) return readFolder(path, subject);
  const { compression, files } = await readTables(path).catch((cause: Error) => {
    throw wrong(subject, `cannot be read as an archive: ${cause.message}`, { cause });
  });
  const [docker, oci] = [files.get("manifest.json"), files.get("index.json")];
  if (docker === undefined && oci === undefined) {
    throw wrong(
      subject,
      "is an archive without an image, expected manifest.json (docker-archive) or index.json (oci-archive)",
    );
  }
  const saved = docker && dockerImages(parse(subject, docker));
  const layout = oci && ociImages(parse(subject, oci));
  const archive = { path, subject, compression };
  if (saved === undefined || (layout !== undefined && isNamedIn(layout, saved))) {
    return { ...archive, kind: "oci-archive", images: layout ?? [] };
  }
  return { ...archive, kind: "docker-archive", images: saved };
}

/**
 * Tells whether an archive that is both kinds can be read as an OCI layout, which keeps digests and every platform:
 * Docker and buildx write both, and not all their versions name the images in both.
 */
function isNamedIn(layout: readonly ContainedImage[], saved: readonly ContainedImage[]): boolean {
  const names = new Set(layout.flatMap((image) => image.names).map(fullName));
  return layout.length > 0 && saved.every((image) => image.names.every((name) => names.has(fullName(name))));
}

function readFolder(path: string, subject: string): ImageFile {
  const folder = { path, subject, compression: undefined };
  const index = readIfExists(join(path, "index.json"));
  if (index !== undefined) return { ...folder, kind: "oci", images: ociImages(parse(subject, index)) };
  const manifest = readIfExists(join(path, "manifest.json"));
  if (manifest === undefined) {
    throw wrong(
      subject,
      "is not an image folder, expected index.json (an OCI layout) or manifest.json (skopeo's dir:) in it",
    );
  }
  const table = parse(subject, manifest);
  if (table !== null && !Array.isArray(table)) {
    return { ...folder, kind: "dir", images: [{ names: [], selectors: ["@0"], descriptors: [] }] };
  }
  throw wrong(subject, "is an unpacked docker-archive, expected the archive itself", {
    remedy: `Pack it: tar -C ${shellWord(path)} -c . | npm run push -- -`,
  });
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

function parse(subject: string, content: string | Buffer): unknown {
  try {
    return JSON.parse(String(content));
  } catch (cause) {
    throw wrong(subject, "its table of contents is not valid JSON", { cause });
  }
}

interface DockerRow {
  readonly Config?: string | null;
  readonly RepoTags?: readonly (string | null)[] | null;
}

function dockerImages(table: unknown): ContainedImage[] {
  const rows = entriesOf<DockerRow>(table).filter(({ Config }) => Config !== null);
  return rows.map(({ RepoTags }, index) => {
    // What has lost its name is called <none>:<none>.
    const names = (RepoTags ?? []).filter((name) => name !== null && parseReference(name) !== undefined) as string[];
    return { names, selectors: selectorsOf(names, index), descriptors: [] };
  });
}

/** Reads an OCI index. Two names of an image are two entries of one digest. */
function ociImages(table: unknown): ContainedImage[] {
  const entries = entriesOf<Descriptor>((table as { readonly manifests?: unknown } | null)?.manifests);
  const whole = entries.filter(({ digest }) => typeof digest === "string");
  const byDigest = groupBy(whole, ({ digest }) => digest);
  const images = [...byDigest.values()].map((same) => {
    const [descriptor = {}] = same;
    return { descriptor, names: distinct(same.map(nameOf)), tags: distinct(same.map(tagOf)) };
  });
  const named = groupBy(images, ({ names }) => names.join("\n"));
  const groups = [...named.values()].flatMap((same) => (areOnePerPlatform(same) ? [same] : same.map((one) => [one])));
  return groups.map((group, index) => {
    const [{ names, tags } = { names: [], tags: [] }] = group;
    return {
      names,
      selectors: selectorsOf([...names, ...tags], index),
      descriptors: group.map((one) => one.descriptor),
    };
  });
}

function nameOf({ annotations }: Descriptor): string | undefined {
  return annotations?.["io.containerd.image.name"] ?? annotations?.[refName];
}

function tagOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[refName];
}

const refName = "org.opencontainers.image.ref.name";

/** Tells whether entries of the same name are one image: each then is for a platform of its own. */
function areOnePerPlatform(entries: readonly { readonly descriptor: Descriptor }[]): boolean {
  const platforms = entries.map(({ descriptor: { platform } }) => {
    return platform ? [platform.os, platform.architecture, platform.variant].join("/") : undefined;
  });
  return distinct(platforms).length === entries.length;
}

function selectorsOf(names: readonly string[], index: number): readonly [string, ...string[]] {
  const [first, ...others] = distinct([...names, `@${index}`]);
  return [first ?? `@${index}`, ...others];
}

function groupBy<Value, Key>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

function distinct(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Returns a list's entries; Go writes null for a list without any. */
function entriesOf<Entry extends object>(list: unknown): readonly Entry[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === "object" && entry !== null) : [];
}

/** Returns the full names of an archive's images, as containerd has them after an import. */
export async function imagesIn(path: string): Promise<readonly string[]> {
  const { images } = await readImageFile(path);
  // An OCI layout may have a tag alone, which does not name an image.
  const names = images.flatMap((image) => image.names).filter((name) => /[/:]/.test(name));
  return [...new Set(names.map(fullName))].toSorted();
}

function wrong(
  subject: string,
  what: string,
  options?: { readonly cause?: unknown; readonly remedy?: string },
): Problem {
  return new Problem("LAB-IMG-001", subject, what, options);
}
