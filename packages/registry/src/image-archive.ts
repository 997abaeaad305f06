import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { parseReference } from "@k3s-lab/image-archive";
import { cacheDir, giveToCaller, Problem } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { nodeArch } from "./check-image.js";
import { k3sOnNode } from "./names.js";
import type { Registry } from "./registry.js";
import { complaintOf, copyArgs } from "./skopeo.js";
import type { Nodes } from "./world.js";

/** Where the cache keeps the registry's image: a docker-archive, which holds the image's full name. */
export function archivePath(image: string, arch = nodeArch(), cache = cacheDir()): string {
  return join(cache, "images", `${image.replaceAll(/[^\w.-]+/g, "_")}-${arch}.tar`);
}

const fetchTimeout = 5 * 60_000;

/** Fills the cache. Where the image cannot be had now, the node that runs it will try for itself: said, not thrown. */
export async function fetchArchive(
  image: string,
  path: string,
  options: { note(message: string): void; readonly signal?: AbortSignal },
): Promise<void> {
  // Tags alone can be written into an archive.
  if (existsSync(path) || parseReference(image)?.tag === undefined) return;
  const part = `${path}.${process.pid}.part`;
  const made = mkdirSync(dirname(path), { recursive: true });
  if (made !== undefined) giveToCaller(dirname(path));
  try {
    const copy = { source: `docker://${image}`, destination: `docker-archive:${part}:${image}` };
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    await run("skopeo", copyArgs(copy), { timeout: fetchTimeout, ...signal });
    giveToCaller(part);
    renameSync(part, path);
  } catch (error) {
    options.signal?.throwIfAborted();
    const why = error instanceof CommandFailed ? complaintOf(error.stderr || error.what) : String(error);
    options.note(`${image} could not be fetched, so its node will pull it: ${why}`);
  } finally {
    rmSync(part, { force: true });
  }
}

const pathOnNode = "/var/tmp/k3s-lab-registry-image.tar";

/** Gives the fetched image to the node that runs it. */
export function importStep(registry: Registry, image: string, archive: string, nodes: Nodes): Step {
  const { node } = registry;
  return step<boolean>({
    title: "Hand over the registry's image",
    observe: async (signal) => {
      const inspect = [k3sOnNode, "crictl", "inspecti", image];
      const seen = nodes.exec(node, inspect, { signal, answers: "any", timeout: 20_000 });
      return (await seen.catch(() => undefined))?.exitCode === 0;
    },
    plan: (there) =>
      there
        ? []
        : [
            {
              sentence: `${node}: import ${image}`,
              run: async ({ signal }) => {
                await nodes.copyIn(node, archive, pathOnNode, { mode: 0o600 });
                try {
                  const args = [k3sOnNode, "ctr", "--namespace", "k8s.io", "images", "import", pathOnNode];
                  await nodes.exec(node, args, { signal });
                } catch (cause) {
                  const remedy = `Remove ${archive}, then run the command again.`;
                  throw new Problem(node, `cannot import ${archive}`, { remedy, cause });
                } finally {
                  await nodes.exec(node, ["rm", "-f", pathOnNode], { answers: "any" });
                }
              },
            },
          ],
  });
}
