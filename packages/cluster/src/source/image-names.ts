import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { Problem } from "@k3s-lab/lab";
import { TarReader } from "./tar.js";

/** The names of the images in an archive of either kind: `docker save`'s, or an OCI layout. */
export async function imagesIn(archive: string): Promise<readonly string[]> {
  const tar = new TarReader((name) => name === "manifest.json" || name === "index.json");
  try {
    if (/\.t(ar\.)?zst$/.test(archive)) await unzstd(archive, tar);
    else {
      const file = createReadStream(archive, { highWaterMark: 1024 * 1024 });
      for await (const piece of /gz$/.test(archive) ? file.pipe(createGunzip()) : file) tar.push(piece as Buffer);
    }
    return namesOf(tar.found);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw cause;
    throw new Problem(archive, "cannot be read as an image archive, expected a tar, gzip or zstd file", { cause });
  }
}

/** Node has no zstd before version 22. */
async function unzstd(archive: string, tar: TarReader): Promise<void> {
  const { Decompress } = await import("fzstd");
  const stream = new Decompress((piece) => tar.push(piece));
  for await (const piece of createReadStream(archive, { highWaterMark: 1024 * 1024 })) stream.push(piece as Buffer);
  stream.push(new Uint8Array(), true);
}

interface DockerManifest {
  readonly RepoTags?: readonly string[] | null;
}
interface OciIndex {
  readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
}

export function namesOf(members: ReadonlyMap<string, Buffer>): readonly string[] {
  const read = <Value>(name: string): Value | undefined => {
    const member = members.get(name);
    return member && (JSON.parse(member.toString("utf8")) as Value);
  };
  const docker = read<readonly DockerManifest[]>("manifest.json") ?? [];
  const oci = read<OciIndex>("index.json")?.manifests ?? [];
  const names = [
    ...docker.flatMap((manifest) => manifest.RepoTags ?? []),
    ...oci.map(({ annotations = {} }) => annotations["io.containerd.image.name"] ?? ""),
  ];
  return [...new Set(names.filter((name) => name !== "").map(fullName))].toSorted();
}

/** "registry:3" is "docker.io/library/registry:3": as containerd knows it. */
export function fullName(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const hasHost = rest.length > 0 && (first === "localhost" || /[.:]/.test(first));
  const path = hasHost ? image : rest.length === 0 ? `docker.io/library/${image}` : `docker.io/${image}`;
  return /[:@][^/]*$/.test(path) ? path : `${path}:latest`;
}
