import { docker } from "@k3s-lab/docker";
import { Problem } from "@k3s-lab/problem";
import type { Locating } from "./located-image.js";
import type { Registry } from "./registry.js";

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
      const { stdout } = await docker(["push", name], {
        signal,
        env,
        timeout: pushTimeout,
        onLine: (line) => progress(line),
      });
      digest = / digest: (sha256:[0-9a-f]{64}) /.exec(stdout)?.[1];
    } finally {
      await docker(["rmi", "--no-prune", name], { env, answers: "any" });
    }
  }
  if (digest !== undefined) return digest;
  throw new Problem("LAB-REG-001", registry.name, `Docker did not tell the digest of ${image} in the registry`);
}
