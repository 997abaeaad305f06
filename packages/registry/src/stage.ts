import { programsStep } from "@k3s-lab/host";
import { fullName } from "@k3s-lab/images";
import { programs } from "@k3s-lab/images/skopeo";
import type { Lab } from "@k3s-lab/lab";
import type { Machines } from "@k3s-lab/machines";
import { forgetStateStep, stage } from "@k3s-lab/stages";
import type { Step } from "@k3s-lab/steps";
import { fetchImageStep } from "./fetch-image.js";
import { entriesStep, hostsStep } from "./hosts.js";
import { readRegistry, registryRecord } from "./record.js";
import { registriesPath, registriesYaml } from "./registries-yaml.js";
import { decideRegistry, describeRegistry, type Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import { registrySteps } from "./steps.js";
import type { World } from "./world.js";

type Upstream = Readonly<{ machines: Machines }>;

/** The registry in the cluster, proved to work from the host to every node. */
export const registryStage = stage<"registry", Registry, Upstream>({
  name: "registry",
  key: "registry",
  record: registryRecord,
  fetch: (lab) => [programsStep(programs, lab.config.host.install), fetchImageStep(lab)],
  decide: async ({ lab, upstream }) => decideRegistry(lab.config, upstream.machines.machines),
  steps: ({ lab, values }) => registrySteps(lab, values.registry),
  // K3s must know the registry before it first starts, and the image is of no use but to the node that runs it.
  contributes: {
    to: "cluster",
    parts: ({ config }, { registry }) => ({
      files: [{ path: registriesPath, content: registriesYaml(registry) }],
      images: [{ image: fullName(config.registry.image), node: registry.node }],
    }),
  },
  repairs: ({ lab, values }) => [hostsStep(lab, values.registry)],
  removal: removeRegistry,
  describe: async (lab, { signal }) => {
    const registry = readRegistry(lab);
    return registry && { ...describeRegistry(registry), serving: await serves(registry.endpoint, signal) };
  },
});

/** Removes what this package has left on the host; the cluster's objects go with their machines. */
export function removeRegistry(lab: Pick<Lab, "id" | "state">, files: World["hosts"] = {}): readonly Step[] {
  return [
    entriesStep("remove-hosts-entry", "Remove the server's name from the host", lab.id, [], files),
    forgetStateStep("forget-registry", "Forget the registry", lab, ["registry"]),
  ];
}
