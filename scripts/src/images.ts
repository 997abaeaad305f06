#!/usr/bin/env node
import { type Lab, openLab } from "@k3s-lab/lab";
import { machinesRecord, mayEnter, NotRunning, openDriver, requireRootFor } from "@k3s-lab/machines";
import { cachedIn, cacheFolder, imagesOn, readRegistry, storedImages } from "@k3s-lab/registry";
import { commands } from "./commands.js";
import { type NodeImages, renderImages } from "./list-images.js";
import { noLab } from "./require-lab.js";
import { runCommand } from "./run-command.js";

await runCommand(commands.images, async ({ file, flag, signal }) => {
  const lab = await openLab(file, { asRecorded: true });
  const registry = readRegistry(lab);
  if (registry === undefined) throw noLab(lab);
  if (!mayEnter(lab)) requireRootFor(lab, "images");
  const [stored, nodes] = await Promise.all([storedImages(registry.access, signal), imagesOfNodes(lab, signal)]);
  const { cache } = lab.config.registry;
  const folder = cacheFolder(lab);
  const cached = cache.length > 0 && folder !== undefined ? { cache: cachedIn(folder, cache) } : {};
  const seen = { registry: { name: registry.name, images: stored }, ...cached, nodes };
  console.log(flag("json") ? JSON.stringify(seen, undefined, 2) : renderImages(seen));
  return stored !== undefined && nodes.every(({ images }) => images !== undefined) ? 0 : 1;
});

/** Of a node that stands still, nothing is known. */
async function imagesOfNodes(lab: Lab, signal: AbortSignal): Promise<readonly NodeImages[]> {
  const driver = openDriver(lab);
  const { machines } = lab.state.expect(machinesRecord);
  return Promise.all(
    machines.map(async ({ name: node }) => {
      try {
        return { node, images: await imagesOn(node, driver, signal) };
      } catch (error) {
        if (error instanceof NotRunning) return { node, images: undefined };
        throw error;
      }
    }),
  );
}
