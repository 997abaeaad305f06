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
import { askedLogin, wantedKeys } from "./wanted-keys.js";
import { keepKeysStep, makeKeys } from "./make-keys.js";
import { registryRecord } from "./record.js";
import { onNodesThemselves, readRegistries, refuseRewrites } from "./read-registries.js";
import { authorityPath, ownConfigs, registriesPath, registriesYaml } from "./registries-yaml.js";
import { decideRegistry, type Registry } from "./registry.js";
import { cachesIn, cacheSteps } from "./cache-steps.js";
import { withCaches } from "./cache.js";
import type { HostNetwork } from "@k3s-lab/host-network";
import { objectsOf, registrySteps } from "./steps.js";
import type { World } from "./world.js";

type Upstream = Readonly<{ hostNetwork: HostNetwork; machines: Machines; cluster: Cluster }>;

/** The registry in the cluster, proved to work from the host to every node. */
export const registryStage = stage<"registry", Registry, Upstream>({
  name: "registry",
  key: "registry",
  record: registryRecord,
  checkNamed: async (lab, signal) => {
    refuseRewrites(lab, (await foreseeRelease(queryOf(lab))).source);
    await readRegistries({ ...lab, signal });
    askedLogin(lab);
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
  steps: async ({ lab, values }, signal) => {
    const { registry } = values;
    const read =
      lab.config.registry.cache.length > 0
        ? await readRegistries({ ...lab, signal })
        : { configs: new Map(), files: [] };
    return [...registrySteps(lab, registry.withKeys(wantedKeys(lab, registry))), ...cacheSteps(lab, values, read)];
  },
  // K3s must know the registry before it first starts, and the image is of no use but to the node that runs it.
  contributes: {
    to: "cluster",
    parts: async (lab, values, signal) => {
      const { registry: decided, cluster } = values;
      const { mirrors, image } = lab.config.registry;
      // By now, `auto` has been decided.
      refuseRewrites(lab, cluster.source);
      const { configs, files } = await readRegistries({ ...lab, signal });
      const keys = await makeKeys(lab, decided);
      const registry = decided.withKeys(keys);
      const { caches, objects: ofCaches } = cachesIn(lab, values, { configs, files });
      const registries: ContributedFile = {
        path: registriesPath,
        content: registriesYaml(registry, {
          mirrors: withCaches(mirrors, caches),
          configs: new Map([...configs, ...ownConfigs(registry)]),
        }),
        mode: 0o600,
        keys: ["registry.mirrors", "registry.configs"],
        isReadAtStart: true,
      };
      const { manifest, secret, hosting } = objectsOf(lab, registry);
      // Without its image the pod would fail, and be tried again only after some time.
      const isBrought = bringerOf(image, cluster) === "k3s";
      const objects = isBrought
        ? [...(secret ? [secret] : []), ...manifest, hosting, ...ofCaches].map((object) => ({
            path: pathOf(object),
            object,
          }))
        : [];
      return {
        steps: [keepKeysStep(lab, registry, keys)],
        files: [registries, ...authorityFiles(registry), ...files],
        images: [{ image: fullName(image), node: registry.node }],
        objects,
      };
    },
  },
  repairs: ({ lab, values }) => [hostsStep(lab, values.registry)],
  removal: removeRegistry,
  describe: (lab, { signal }) => lookAtRegistry(lab, signal),
});

function authorityFiles({ tls, keys: { authority } }: Registry): readonly ContributedFile[] {
  if (!tls) return [];
  // containerd reads it at each pull.
  const rest = { mode: 0o644, keys: ["registry.tls"], isReadAtStart: false };
  return [{ path: authorityPath, content: authority?.certificate ?? "", ...rest }];
}

/** Removes what this package has left on the host; the cluster's objects go with their machines. */
export function removeRegistry(lab: Pick<Lab, "id" | "state">, files: World["hosts"] = {}): readonly Step[] {
  return [
    entriesStep("remove-hosts-entry", "Remove the server's name from the host", lab.id, [], files),
    forgetStateStep("forget-registry", "Forget the registry", lab, [
      "registryKeys",
      "registryPassword",
      "registryAuthority",
      "registry",
      "garbage",
    ]),
  ];
}
