import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "@k3s-lab/host";
import { push, type Pushing, withoutProxy } from "@k3s-lab/images/skopeo";
import { Problem } from "@k3s-lab/problem";
import { skopeoFlags } from "./access.js";
import { type AskedImage, locateImages } from "./locate-images.js";
import type { Sending } from "./located-image.js";
import type { Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import { type Blobs, blobsAt, bytesLost } from "./stored-images.js";
import { isTagAlone, partsOf, targetNames } from "./target.js";
import { layoutsInsteadOfSkopeo } from "./without-skopeo.js";

export interface PushOptions extends Sending {
  /** Whether an image of several platforms gets all of them. Default: only the nodes' own. */
  readonly allPlatforms?: boolean;
  /** Hears how many bytes of the image that had the name before no tag leads to any more, as far as is known. */
  replaced?(bytes: number): void;
}

export interface Pushed {
  /** What pods and nodes pull: "multi:5000/hello:1". More than one where the image has several names. */
  readonly references: readonly string[];
  /** "sha256:..." */
  readonly digest: string;
}

/** An image that was asked for, and where it goes. */
interface Found extends AskedImage {
  readonly targets: readonly string[];
}

const pushTimeout = 60 * 60_000;

/**
 * Pushes images to the lab's registry, one after the other, and yields each. What is wrong with any of them is thrown
 * before the registry is asked, and before anything is installed.
 */
export async function* pushImages(images: readonly string[], options: PushOptions): AsyncGenerator<Pushed> {
  const { registry, name, allPlatforms = false, env = process.env, progress, signal } = options;
  using scratch = scratchFolder("push", env);
  const found: Found[] = [];
  const locating = { name, registry, scratch: scratch.path, allPlatforms, progress, signal, env, input: options.input };
  for await (const asked of locateImages(images, locating)) {
    const { names, subject } = asked.image;
    found.push({ ...asked, targets: targetNames(names, { asked: name, registry: registry.name, subject }) });
  }
  if (!(await serves(registry.access, signal))) {
    throw new Problem("LAB-REG-007", registry.name, `no registry answers at ${registry.endpoint}/v2/`, {
      remedy: "Run `npm run lab:up`; `npm run lab:status` shows the state of the lab.",
    });
  }
  // Docker would have to be signed in, in files of the user's.
  const byDocker = ({ image }: Found) =>
    registry.published !== undefined && !registry.auth && !allPlatforms && image.inDocker !== undefined;
  const byLayout = await layoutsInsteadOfSkopeo(found, byDocker, options);
  for (const one of found) {
    const { written, own, image, targets } = one;
    const before = await blobsOf(targets, options);
    if (byDocker(one)) {
      const { pushByDocker } = await import("./push-by-docker.js");
      progress(`pushing ${targets.map((target) => `${registry.name}/${target}`).join(", ")}`);
      const digest = await pushByDocker(image.inDocker ?? "", targets, registry, { progress, signal, env });
      await tellReplaced(before, options);
      yield { references: targets.map((target) => `${registry.name}/${target}`), digest };
      continue;
    }
    const folder = byLayout(one) ? await image.toLayout?.() : undefined;
    const { source = "", flags = [] } = folder === undefined ? await image.toSkopeo() : {};
    const isNamedAfterFile = name === undefined && image.names.every(isTagAlone);
    let digest = "";
    for (const target of targets) {
      progress(`pushing ${registry.name}/${target}${isNamedAfterFile ? `, named after ${image.subject}` : ""}`);
      if (folder !== undefined) {
        const { pushLayout } = await import("./push-layout.js");
        const to = { access: registry.access, ...partsOf(target), signal };
        digest = await pushLayout(folder, { ...to, allPlatforms, progress });
        continue;
      }
      digest = await pushTo(registry, target, scratch.path, {
        source,
        flags: allPlatforms ? [...flags, "--all"] : flags,
        subject: written,
        remedy: image.remedy,
        progress,
        signal,
        env,
      });
    }
    // An image may be unpacked there: the next one needs the room.
    rmSync(own, { recursive: true });
    await tellReplaced(before, options);
    yield { references: targets.map((target) => `${registry.name}/${target}`), digest };
  }
}

/** What each of these names leads to. */
async function blobsOf(
  targets: readonly string[],
  { registry, replaced, signal }: PushOptions,
): Promise<ReadonlyMap<string, Blobs>> {
  const asked = replaced === undefined ? [] : targets;
  const found = asked.map(async (target) => {
    const { repository, tag } = partsOf(target);
    return [target, await blobsAt(registry.access, repository, tag, signal)] as const;
  });
  return new Map(await Promise.all(found));
}

async function tellReplaced(before: ReadonlyMap<string, Blobs>, options: PushOptions): Promise<void> {
  const had = [...before].filter(([, blobs]) => blobs.size > 0);
  const after = await blobsOf(
    had.map(([target]) => target),
    options,
  );
  // The names of one image lead to the same: what it had counts once.
  const lost = had.map(([target, blobs]) => bytesLost(blobs, after.get(target) ?? new Map()));
  options.replaced?.(Math.max(0, ...lost));
}

export interface PushingTo extends Omit<Pushing, "destination" | "timeout" | "env"> {
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Pushes one image to the registry's address, under the name `target`. Resolves with the digest that it has there;
 * `scratch` is a folder, for what skopeo writes down.
 */
export async function pushTo(
  registry: Registry,
  target: string,
  scratch: string,
  { flags = [], env, ...image }: PushingTo,
): Promise<string> {
  const digestFile = join(scratch, "digest");
  await push({
    ...image,
    destination: `docker://${new URL(registry.endpoint).host}/${target}`,
    flags: [...flags, ...skopeoFlags(registry.access, "dest", scratch), `--digestfile=${digestFile}`],
    timeout: pushTimeout,
    env: withoutProxy(new URL(registry.endpoint).hostname, env),
  });
  return readFileSync(digestFile, "utf8").trim();
}
