import { type Cluster, queryOf } from "@k3s-lab/cluster";
import { programsStep } from "@k3s-lab/host";
import { fullName } from "@k3s-lab/images";
import { programs } from "@k3s-lab/images/skopeo";
import { foreseeRelease } from "@k3s-lab/k3s-source";
import { pathOf } from "@k3s-lab/kube";
import { type Lab, machineProvider } from "@k3s-lab/lab";
import type { Machines } from "@k3s-lab/machines";
import { type ContributedFile, forgetStateStep, stage } from "@k3s-lab/stages";
import type { Step } from "@k3s-lab/steps";
import { lookAtRegistry } from "./describe-registry.js";
import { bringerOf, fetchImageStep } from "./fetch-image.js";
import { entriesStep, hostsStep, nameElsewhere } from "./hosts.js";
import { registryRecord } from "./record.js";
import { onNodesThemselves, readRegistries, refuseRewrites } from "./read-registries.js";
import { registriesPath, registriesYaml } from "./registries-yaml.js";
import { decideRegistry, type Registry } from "./registry.js";
import { objectsOf, registrySteps } from "./steps.js";
import type { World } from "./world.js";

type Upstream = Readonly<{ machines: Machines; cluster: Pick<Cluster, "source" | "binary" | "archives"> }>;

/** The registry in the cluster, proved to work from the host to every node. */
export const registryStage = stage<"registry", Registry, Upstream>({
  name: "registry",
  key: "registry",
  record: registryRecord,
  checkNamed: async (lab, signal) => {
    refuseRewrites(lab, (await foreseeRelease(queryOf(lab))).source);
    await readRegistries({ ...lab, signal });
  },
  fetch: (lab) => [
    // Docker pushes its own images, and the check image needs nothing: `push` asks for skopeo where that is not enough.
    ...(machineProvider(lab.config) === "docker" ? [] : [programsStep(programs, lab.config.host.install)]),
    fetchImageStep(lab),
  ],
  decide: async ({ lab, upstream, note }) => {
    const { machines, docker } = upstream.machines;
    const registry = decideRegistry(lab.config, machines, docker?.registryPort);
    const elsewhere = nameElsewhere(lab, registry);
    if (elsewhere !== undefined) note(`${registry.node} is ${elsewhere.is}, not the server. ${elsewhere.remedy}`);
    for (const line of onNodesThemselves(lab.config.registry)) note(line);
    return registry;
  },
  steps: ({ lab, values }) => registrySteps(lab, values.registry),
  // K3s must know the registry before it first starts, and the image is of no use but to the node that runs it.
  contributes: {
    to: "cluster",
    parts: async (lab, { registry, cluster }, signal) => {
      const { mirrors, image } = lab.config.registry;
      // By now, `auto` has been decided.
      refuseRewrites(lab, cluster.source);
      const { configs, files } = await readRegistries({ ...lab, signal });
      const registries: ContributedFile = {
        path: registriesPath,
        content: registriesYaml(registry, { mirrors, configs }),
        mode: 0o600,
        keys: ["registry.mirrors", "registry.configs"],
        isReadAtStart: true,
      };
      const { manifest, hosting } = objectsOf(lab, registry);
      // Without its image the pod would fail, and be tried again only after some time.
      const isBrought = bringerOf(image, cluster) === "k3s";
      const objects = isBrought ? [...manifest, hosting].map((object) => ({ path: pathOf(object), object })) : [];
      return { files: [registries, ...files], images: [{ image: fullName(image), node: registry.node }], objects };
    },
  },
  repairs: ({ lab, values }) => [hostsStep(lab, values.registry)],
  removal: removeRegistry,
  describe: (lab, { signal }) => lookAtRegistry(lab, signal),
});

/** Removes what this package has left on the host; the cluster's objects go with their machines. */
export function removeRegistry(lab: Pick<Lab, "id" | "state">, files: World["hosts"] = {}): readonly Step[] {
  return [
    entriesStep("remove-hosts-entry", "Remove the server's name from the host", lab.id, [], files),
    forgetStateStep("forget-registry", "Forget the registry", lab, ["registry", "garbage"]),
  ];
}
