import { docker, dockerAnswers } from "@k3s-lab/docker";
import { type CacheEntry, folderEntries, isInstalled, systemDir } from "@k3s-lab/host";
import { nodeImage } from "../drivers/docker/image.js";
import { madeOn } from "../drivers/lxc/state.js";
import { list, machineNames, rootfsDir } from "../places.js";
import { rootfsPath } from "./path.js";

/** Lists what machines are made of, for all labs: root file systems, and their images in Docker. */
export async function cachedSystems(): Promise<readonly CacheEntry[]> {
  const labs = list(systemDir).filter((name) => /^[0-9a-f]{6}$/.test(name));
  // What a machine stands on stays, and what the next one will be made on.
  const needed = new Set([rootfsPath(), ...labs.flatMap((lab) => machineNames(lab).map((name) => madeOn(lab, name)))]);
  const systems = folderEntries(rootfsDir, { what: "root file system", isNeeded: (path) => needed.has(path) });
  return [...systems, ...(await imagesInDocker())];
}

async function imagesInDocker(): Promise<readonly CacheEntry[]> {
  if (!isInstalled("docker") || !(await dockerAnswers())) return [];
  const [repository = ""] = nodeImage().split(":");
  const format = "{{.Repository}}:{{.Tag}}\t{{.CreatedAt}}";
  const [images, used] = await Promise.all([
    docker(["image", "ls", repository, "--format", format]),
    docker(["container", "ls", "--all", "--format", "{{.Image}}"]),
  ]);
  return imageEntries(images.stdout, new Set([nodeImage(), ...used.stdout.split("\n")]));
}

/** Parses "k3s-lab/node:ca5c1de3e363<tab>2026-11-30 16:36:00 +0000 UTC" lines. */
export function imageEntries(listed: string, needed: ReadonlySet<string>): readonly CacheEntry[] {
  return listed.split("\n").flatMap((line): readonly CacheEntry[] => {
    const [name = "", made = ""] = line.split("\t");
    const changed = Date.parse(made.replace(/ [A-Z]+$/, ""));
    if (name === "" || Number.isNaN(changed)) return [];
    return [
      {
        what: "image of nodes in Docker",
        name,
        changed,
        isNeeded: needed.has(name),
        // Its layers may be another image's, too.
        bytes: async () => undefined,
        remove: async () => void (await docker(["image", "rm", name])),
      },
    ];
  });
}
