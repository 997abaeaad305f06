import { existsSync } from "node:fs";
import { foreseeRelease } from "@k3s-lab/cluster";
import { ensurePrograms } from "@k3s-lab/host";
import { fullName } from "@k3s-lab/image-archive";
import { runStage } from "@k3s-lab/steps";
import { archivePath } from "./image-archive.js";
import { readRegistry } from "./registry.js";
import { serves } from "./registry-api.js";
import { programs } from "./skopeo.js";

const stage = "registry";

// Runs after the cluster's fetch (turbo.json), which knows what images K3s' source brings along.
await runStage(stage, async ({ lab, report, signal }) => {
  const note = (message: string) => report({ event: "note", stage, message });
  const progress = (message: string) => report({ event: "progress", stage, message });
  await ensurePrograms(programs, { install: lab.config.host.install, note });
  const { image } = lab.config.registry;
  const path = archivePath(image);
  if (existsSync(path)) return 0;
  const { archives } = await foreseeRelease(lab);
  if (archives.some(({ images }) => images?.includes(fullName(image)))) return 0;
  // Its node has the image: where the host cannot get it, nobody should wait for that at every `up`.
  const registry = readRegistry(lab);
  if (registry !== undefined && (await serves(registry.endpoint, signal))) return 0;
  const { fetchArchive } = await import("./fetch-archive.js");
  await fetchArchive(image, path, { note, progress, signal });
  return 0;
});
