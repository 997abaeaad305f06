import { createWriteStream, existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { listFolder } from "@k3s-lab/host";
import { formatReference, parseReference, readImageFile, withoutSecondName } from "@k3s-lab/images";
import type { ImageStore, Transport } from "@k3s-lab/images/stores";
import { didYouMean, Problem } from "@k3s-lab/problem";
import { skopeoFlags } from "./access.js";
import { imageOfFile } from "./file-image.js";
import { expected, imageId, type ImageSource, wrongImage } from "./image-source.js";
import type { LocatedImage, Locating } from "./located-image.js";
import { tellGrowth } from "./tell-growth.js";

/** Looks for an image at its source; throws a Problem where none, or no single one, is found there. */
export async function locateImage(source: ImageSource, locating: Locating): Promise<LocatedImage> {
  const { written } = locating;
  switch (source.kind) {
    case "registry":
      return imageOfRegistry(source.reference, locating);
    case "storage":
      return {
        names: [source.name],
        subject: written,
        toSkopeo: async () => ({ source: `containers-storage:${source.storage}${withoutSecondName(source.name)}` }),
      };
    case "store":
      return imageOfStore(await findStore(source.name, source.transport, locating), source.name, locating);
    case "input":
      return imageOfFile(await readImageFile(await storeInput(locating), "standard input"), undefined, locating);
    case "file":
      if (!existsSync(source.path)) throw missingFile(source.path);
      return imageOfFile(await readImageFile(source.path), source.image, locating);
    case "word":
      return await imageOfWord(source, locating);
  }
}

/** Finds the store that has an image. Loaded late: files, and every command but `push`, do without. */
async function findStore(
  name: string,
  transport: Transport | undefined,
  locating: Locating & { readonly elsewhere?: string },
): Promise<ImageStore> {
  const { imageStores } = await import("@k3s-lab/images/stores");
  const { findImage } = await import("./find-image.js");
  const noStores =
    transport === undefined
      ? "neither Docker nor Podman nor containerd was found on this host"
      : `${programsOf[transport]} was not found on this host`;
  return await findImage(name, imageStores(transport, locating.env), { ...locating, noStores });
}

/** What reads the stores of a kind. */
const programsOf: Readonly<Record<Transport, string>> = {
  "docker-daemon": "Docker",
  "containers-storage": "Podman, or a storage of Buildah's,",
  containerd: "containerd, with nerdctl or, for root, ctr,",
};

/** Tries a file of that name first, if it is an image: a program often has the same name as its image. */
async function imageOfWord(
  { path, name }: Extract<ImageSource, { kind: "word" }>,
  locating: Locating,
): Promise<LocatedImage> {
  const { written, progress } = locating;
  let elsewhere = `there is no such file (${path})${didYouMean(basename(path), listFolder(dirname(path)))}`;
  if (existsSync(path)) {
    try {
      const file = await readImageFile(path);
      if (name !== undefined) progress(`found ${written} as the file ${path}`);
      return imageOfFile(file, undefined, locating);
    } catch (error) {
      if (!(error instanceof Problem) || error.id !== "LAB-IMG-001" || name === undefined) throw error;
      elsewhere = `${path} ${error.what}`;
    }
  } else if (name === undefined) {
    if (/[/.]/.test(written) && !/:[^/]+$/.test(written)) throw missingFile(path);
    const lower = written.replace(/^.*?(?=(?::[^/]*)?$)/, (own) => own.toLowerCase());
    // Only where this is all that is wrong with it.
    const small =
      lower !== written && parseReference(lower) !== undefined ? ` (names are in small letters: ${lower})` : "";
    throw wrongImage(written, `is neither a file nor an image reference${small}, ${expected}`);
  }
  const store = await findStore(name, undefined, { ...locating, elsewhere });
  progress(`found ${written} in ${store.title}`);
  return imageOfStore(store, name, locating);
}

function imageOfRegistry(reference: string, locating: Locating): LocatedImage {
  const { written, registry } = locating;
  const exact = withoutSecondName(reference);
  const parsed = parseReference(exact);
  // As in Docker, a registry on this host may speak plain HTTP.
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::|$)/.test(parsed?.domain ?? "");
  const byName = parsed?.domain?.startsWith("[")
    ? " Where skopeo calls it an invalid reference, this skopeo is too old for IPv6 addresses: name the registry by a host name."
    : "";
  return {
    names: [reference],
    subject: written,
    remedy: `Check the reference; a private registry requires \`docker login\` or \`skopeo login\` first.${byName}`,
    toSkopeo: async () => {
      // The host need not be able to resolve the name of the lab's own registry.
      if (parsed?.domain === registry.name) {
        return {
          source: `docker://${formatReference({ ...parsed, domain: new URL(registry.endpoint).host })}`,
          flags: skopeoFlags(registry.access, "src", locating.scratch),
        };
      }
      const { sourceCredentials } = await import("./source-credentials.js");
      const flags = await sourceCredentials(exact, locating);
      return { source: `docker://${exact}`, flags: isLocal ? [...flags, "--src-tls-verify=false"] : flags };
    },
  };
}

function imageOfStore(store: ImageStore, name: string, locating: Locating): LocatedImage {
  const { written, scratch, allPlatforms, signal } = locating;
  const save = async () => {
    const archive = join(scratch, "saved.tar");
    const stored = withoutSecondName(name);
    const growing = { message: `saving ${written}`, total: store.bytes?.(stored), progress: locating.progress };
    await tellGrowth(archive, store.save(stored, archive, { allPlatforms, signal }), growing);
    return archive;
  };
  const saved = async () => imageOfFile(await readImageFile(await save(), written), undefined, locating);
  return {
    names: imageId.test(name) ? [] : [name],
    subject: written,
    ...(store.transport === "docker-daemon" && { inDocker: withoutSecondName(name), toArchive: save }),
    toLayout: async () => (await saved()).toLayout?.(),
    toSkopeo: async () => (await saved()).toSkopeo(),
  };
}

function missingFile(path: string): Problem {
  return wrongImage(path, `does not exist, ${expected}`);
}

/** Puts standard input into a file, since an archive may have its table of contents at its end. */
async function storeInput({ input = process.stdin, scratch, signal }: Locating): Promise<string> {
  if (input.isTTY) {
    const remedy = "Pipe one in: docker save hello:1 | npm run push -- -";
    throw wrongImage("-", "standard input is a terminal, expected an archive", remedy);
  }
  const archive = join(scratch, "input.tar");
  await pipeline(input, createWriteStream(archive), { signal });
  return archive;
}
