import { docker, type PushMessage, pushImage } from "@k3s-lab/docker";
import { LayerBytes } from "@k3s-lab/images/skopeo";
import { Problem } from "@k3s-lab/problem";
import type { Progress } from "@k3s-lab/steps";
import type { Locating } from "./located-image.js";
import type { Registry } from "./registry.js";
import { partsOf } from "./target.js";

/** Milliseconds. */
const pushTimeout = 60 * 60_000;

/**
 * Has Docker push an image of its own to the registry of a lab that it runs: without the archive that any other program would
 * have to be given. The name that the image has for that is taken away again. Resolves with its digest in the registry.
 */
export async function pushByDocker(
  image: string,
  targets: readonly string[],
  registry: Registry,
  { progress, signal, env }: Pick<Locating, "progress" | "signal" | "env">,
): Promise<string> {
  let digest: string | undefined;
  for (const target of targets) {
    const name = `${registry.host}/${target}`;
    await docker(["tag", image, name], { signal, env });
    try {
      const late = AbortSignal.timeout(pushTimeout);
      const stop = signal === undefined ? late : AbortSignal.any([signal, late]);
      const { repository, tag } = partsOf(name);
      digest = await followPush(image, pushImage(repository, tag, { env, signal: stop }), progress);
    } finally {
      await docker(["rmi", "--no-prune", name], { env, answers: "any" });
    }
  }
  if (digest !== undefined) return digest;
  throw new Problem("LAB-REG-001", registry.name, `Docker did not tell the digest of ${image} in the registry`);
}

/** Reports what Docker says while it pushes, bytes first; resolves with the digest. */
export async function followPush(
  image: string,
  messages: AsyncIterable<PushMessage>,
  progress: Progress,
): Promise<string | undefined> {
  const layers = new LayerBytes(progress);
  let digest: string | undefined;
  for await (const { id, status = "", progressDetail: { current, total } = {}, aux, error } of messages) {
    if (error !== undefined) {
      throw new Problem("LAB-IMG-004", image, `could not be pushed by Docker: ${error}`, {
        remedy: "See whether the registry answers: `npm run lab:status`; then push it again.",
      });
    }
    // A Docker that keeps its images in containerd, as new ones do, tells it in words alone.
    digest = aux?.Digest ?? /: digest: (sha256:[0-9a-f]{64}) size: \d+$/.exec(status)?.[1] ?? digest;
    if (id === undefined) {
      if (status !== "") progress(status);
    } else if (current !== undefined && total !== undefined && total > 0) layers.copied(id, current, total);
    else if (status === "Pushed") layers.ended(id);
    else if (/^(?:Layer already exists|Mounted from )/.test(status)) layers.thereAlready(id);
  }
  return digest;
}
