import { createWriteStream, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Compression, formatReference, openPlain, parseReference, readImageFile } from "@k3s-lab/images";
import { type ImageSource, nothingAt } from "./image-source.js";
import type { Registry } from "./registry.js";
import { selectImage } from "./select-image.js";
import type { Copy } from "@k3s-lab/images/skopeo";

/** An image that is there to be pushed: where, which one, and the names that it has. */
export type Located = {
  readonly names: readonly string[];
  /** A person's word for it in a message. */
  readonly subject: string;
} & (
  | { readonly transport: "docker" | "docker-daemon"; readonly reference: string }
  | {
      readonly transport: "docker-archive" | "oci-archive" | "oci";
      readonly path: string;
      readonly compression: Compression | undefined;
      readonly selector?: string;
    }
);

export async function locate(source: ImageSource, subject: string): Promise<Located> {
  if ("reference" in source) {
    const { kind: transport, reference } = source;
    return { transport, reference, names: [reference], subject };
  }
  if (source.kind === "path" && !existsSync(source.path)) throw nothingAt(source);
  const file = await readImageFile(source.path);
  const { names, selector } = selectImage(file, "image" in source ? source.image : undefined);
  // One of several must be named; of one alone it is enough that it is there.
  const which = file.images.length > 1 && selector !== undefined ? { selector } : {};
  const { kind: transport, path, compression } = file;
  return { transport, path, compression, names, subject: path, ...which };
}

/** As skopeo writes it. `scratch` is an empty folder of the caller's. */
export async function spell(
  located: Located,
  registry: Registry,
  scratch: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Pick<Copy, "source" | "plainSource" | "dockerHost">> {
  if ("path" in located) {
    const { transport, selector, compression } = located;
    const path = compression ? await unpack(located.path, compression, scratch) : plainPath(located.path, scratch);
    return { source: [transport, path, ...(selector ? [selector] : [])].join(":") };
  }
  const { transport, reference } = located;
  if (transport === "docker-daemon") return { source: `docker-daemon:${reference}`, dockerHost: env.DOCKER_HOST };
  // The lab's own registry under its name, which the host need not know.
  const parsed = parseReference(reference);
  if (parsed?.domain !== registry.name) return { source: `docker://${reference}` };
  return { source: `docker://${formatReference({ ...parsed, domain: registry.host })}`, plainSource: true };
}

/** skopeo ends a path at its first colon. */
function plainPath(path: string, scratch: string): string {
  if (!path.includes(":")) return path;
  const link = join(scratch, "image");
  symlinkSync(path, link);
  return link;
}

/** skopeo 1.9, Debian's, cannot read a docker-archive that is compressed, though its manual says so. */
async function unpack(path: string, compression: Compression, scratch: string): Promise<string> {
  const plain = join(scratch, "image.tar");
  await pipeline(openPlain(path, compression), createWriteStream(plain));
  return plain;
}
