import { programsStep } from "@k3s-lab/host";
import { mirrorOf } from "@k3s-lab/lab";
import type { Machines } from "@k3s-lab/machines";
import { stage } from "@k3s-lab/stages";
import { fetchImageStep } from "./fetch-image.js";
import { registryRecord } from "./record.js";
import { describeRegistry, readRegistry, type Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import { removeRegistry } from "./remove.js";
import { programs } from "@k3s-lab/images/skopeo";
import { registrySteps } from "./steps.js";

type Upstream = Readonly<{ machines: Machines }>;

/** The registry in the cluster, proved from the host to every node. */
export const registryStage = stage<"registry", Registry, Upstream>({
  name: "registry",
  key: "registry",
  record: registryRecord,
  fetch: (lab) => [programsStep(programs, lab.config.host.install), fetchImageStep(lab)],
  decide: async ({ lab, upstream }) => mirrorOf(lab.config, upstream.machines.machines),
  steps: ({ lab, values }) => registrySteps(lab, values.registry),
  removal: removeRegistry,
  describe: async (lab, { signal }) => {
    const registry = readRegistry(lab);
    return (
      registry && { registry: { ...describeRegistry(registry), serving: await serves(registry.endpoint, signal) } }
    );
  },
});
