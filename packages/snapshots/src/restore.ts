import { keepOneStore } from "@k3s-lab/cluster";
import { systemDir } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { disksOf, type OpenDisks } from "@k3s-lab/machines";
import { type ActionContext, type Step, step } from "@k3s-lab/steps";
import { verifyFiles } from "./checksums.js";
import { decideNetwork, isMoved } from "./fit.js";
import { namingFullDisk } from "./full-disk.js";
import { disksIn, type Manifest, serversIn } from "./manifest.js";
import { finishRestore, restoringRecord } from "./restoring.js";

export interface RestoreOptions {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly secrets: string;
  readonly labYaml?: string;
  /** Whether lab.yaml has to come from the snapshot. */
  readonly bringsYaml: boolean;
}

/**
 * Makes a lab's disks and records those of a snapshot, beside what the lab has; only what is complete takes its place. Nothing of
 * it runs then.
 */
export function restoreStep(lab: Lab, options: RestoreOptions): Step {
  const { manifest } = options;
  const names = manifest.nodes.map((node) => node.name).join(", ");
  let isDone = false;
  return step<boolean>({
    id: "restore-snapshot",
    title: "Restore the snapshot",
    observe: async () => isDone,
    plan: (done) =>
      done
        ? []
        : [
            {
              on: "cluster",
              kind: "change",
              interrupts: "the lab",
              destroys: "what the lab has stored since",
              sentence: `put back the disks of ${names}`,
              run: async (context) => {
                await restore(lab, options, context);
                isDone = true;
              },
            },
          ],
  });
}

async function restore(
  lab: Lab,
  { folder, manifest, secrets, labYaml, bringsYaml }: RestoreOptions,
  context: ActionContext,
): Promise<void> {
  const { signal, progress, facts, note } = context;
  progress("reading all of the snapshot");
  await verifyFiles(folder, manifest, signal);
  const network = await decideNetwork(lab, manifest, facts, note);
  const names = disksIn(manifest.nodes);
  const moved = isMoved(manifest, network.addresses);
  const disks = disksOf(lab, manifest.driver);
  try {
    progress("unpacking the disks");
    await using open = await disks.open(names, folder);
    const place = manifest.driver === "lxc" ? systemDir : "Docker's volumes";
    await namingFullDisk(place, () => Promise.all(names.map((name) => open.extract(name, signal))));
    if (moved) await moveStore(open, manifest, note);
  } catch (error) {
    for (const name of names) await disks.discard(name);
    throw error;
  }
  signal.throwIfAborted();
  lab.state.write(restoringRecord, {
    snapshot: manifest.name,
    driver: manifest.driver,
    machines: names,
    config: lab.config,
    secrets,
    network,
    ...(moved && { moved }),
    ...(bringsYaml && labYaml !== undefined && { labYaml }),
  });
  await finishRestore(lab);
}

/** Lets the servers of a lab go on at other addresses, by what one of their stores has. */
async function moveStore(
  disks: Pick<OpenDisks, "extracted">,
  { nodes }: Pick<Manifest, "nodes">,
  note: (message: string) => void,
): Promise<void> {
  const servers = new Map(serversIn(nodes).map(({ name }) => [name, disks.extracted(name)]));
  const kept = await keepOneStore(servers);
  if (kept !== undefined)
    note(`the servers get other addresses: ${kept} goes on with its store, and the others join it anew`);
}
