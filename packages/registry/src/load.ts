import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "@k3s-lab/host";
import { fullName, formatReference, parseReference } from "@k3s-lab/images";
import { push, withoutProxy } from "@k3s-lab/images/skopeo";
import { Problem } from "@k3s-lab/problem";
import { archiveLayout } from "./archive-layout.js";
import { wrongImage } from "./image-source.js";
import { type AskedImage, locateImages } from "./locate-images.js";
import type { Sending } from "./located-image.js";
import { copyingTo, hasImage, importOn } from "./node-images.js";
import { isTagAlone, named } from "./target.js";
import { layoutsInsteadOfSkopeo } from "./without-skopeo.js";
import type { Nodes } from "./world.js";

export interface LoadOptions extends Sending {
  readonly nodes: Nodes;
  /** The nodes that get the images: "multi". */
  readonly names: readonly string[];
}

export interface Loaded {
  /** What pods name, in full: "docker.io/library/hello:1". More than one where the image has several names. */
  readonly references: readonly string[];
  readonly nodes: readonly string[];
}

interface Found extends AskedImage {
  readonly references: readonly [string, ...string[]];
}

/** Milliseconds. */
const copyTimeout = 60 * 60_000;

/**
 * Brings images straight into the containerd of every node, without the registry, and yields each when all nodes have it. What is
 * wrong with any of them is thrown before a node is touched, and before anything is installed.
 */
export async function* loadImages(images: readonly string[], options: LoadOptions): AsyncGenerator<Loaded> {
  const { registry, name, names, env = process.env, progress, signal } = options;
  using scratch = scratchFolder("load", env);
  const found: Found[] = [];
  const locating = {
    registry,
    scratch: scratch.path,
    allPlatforms: false,
    progress,
    signal,
    env,
    input: options.input,
  };
  for await (const asked of locateImages(images, { ...locating, name })) {
    found.push({ ...asked, references: referencesOf(asked.image.names, name, asked.image.subject) });
  }
  const isSaved = ({ image }: Found) => image.toArchive !== undefined && name === undefined;
  const byLayout = await layoutsInsteadOfSkopeo(found, isSaved, options);
  for (const one of found) {
    const { references, own, image } = one;
    progress(`saving ${references.join(", ")}`);
    const folder = !isSaved(one) && byLayout(one) ? await image.toLayout?.() : undefined;
    const make = () => (folder === undefined ? copyToArchive(one, options) : packArchive(one, folder, options));
    const archive = isSaved(one) ? await image.toArchive?.() : await make();
    await Promise.all(names.map((node) => bring(node, archive ?? "", one, options)));
    // An image may be unpacked there: the next one needs the room.
    rmSync(own, { recursive: true });
    yield { references, nodes: names };
  }
}

/** Returns the names that an image gets on the nodes, in full, as a kubelet completes what a pod names. */
export function referencesOf(
  own: readonly string[],
  asked: string | undefined,
  subject: string,
): readonly [string, ...string[]] {
  const references = own.map((each) => named(each, subject)).filter((reference) => reference !== undefined);
  if (asked !== undefined) {
    const { digest, ...reference } = parseReference(asked) ?? { path: "" };
    if (reference.path === "" || digest !== undefined) {
      throw wrongImage(`--name ${asked}`, "does not parse, expected NAME:TAG in lower case");
    }
    return [fullName(formatReference({ ...reference, tag: reference.tag ?? references[0]?.tag ?? "latest" }))];
  }
  const tagged = references.filter(({ tag }) => tag !== undefined);
  const [first, ...others] = new Set(
    tagged.map(({ domain, path, tag }) => fullName(formatReference({ domain, path, tag }))),
  );
  if (first !== undefined) return [first, ...others];
  throw wrongImage(subject, "has no name and tag of its own, expected --name NAME:TAG", "For example --name hello:1.");
}

/** Makes the archive of an OCI layout of the image. */
async function packArchive({ own, references }: Found, folder: string, { signal }: LoadOptions): Promise<string> {
  const archive = join(own, "image.tar");
  await archiveLayout(folder, references, archive, signal);
  return archive;
}

/** Makes an archive that a node can import, with all names of the image. */
async function copyToArchive(
  { written, own, image, references: [first, ...others] }: Found,
  { registry, progress, signal, env }: LoadOptions,
): Promise<string> {
  const archive = join(own, "image.tar");
  const { source, flags = [] } = await image.toSkopeo();
  if (image.names.length > 0 && image.names.every(isTagAlone)) progress(`${first} is named after ${image.subject}`);
  await push({
    source,
    destination: `docker-archive:${archive}:${first}`,
    flags: [...flags, ...others.map((other) => `--additional-tag=${other}`)],
    failed: "could not be saved for the nodes",
    subject: written,
    remedy: image.remedy,
    timeout: copyTimeout,
    progress,
    signal,
    env: withoutProxy(new URL(registry.endpoint).hostname, env),
  });
  return archive;
}

async function bring(
  node: string,
  archive: string,
  { references }: Found,
  { nodes, progress, signal }: LoadOptions,
): Promise<void> {
  const path = `/var/tmp/k3s-lab-load-${randomUUID()}.tar`;
  try {
    await nodes.copyIn(node, archive, path, {
      mode: 0o600,
      copied: copyingTo(node, archive, references.join(", "), progress),
    });
    progress(`${node}: importing ${references.join(", ")}`);
    await importOn(node, path, nodes, { archive, progress, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Problem && cause.id === "LAB-MCH-008") throw cause;
    throw new Problem("LAB-REG-013", node, `cannot import ${references.join(", ")}`, {
      remedy: `See whether its disk is full: npm run lab:exec -- ${node} df -h /var/lib/rancher; then load the image again.`,
      cause,
    });
  } finally {
    await nodes.exec(node, ["rm", "-f", path], { answers: "any" }).catch(() => {});
  }
  for (const reference of references) {
    if (await hasImage(node, reference, nodes, signal)) continue;
    throw new Problem("LAB-REG-013", node, `has imported an archive, but does not know ${reference}`, {
      remedy: "Check that the image is for the platform of the nodes.",
    });
  }
}
