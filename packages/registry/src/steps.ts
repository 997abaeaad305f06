import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Step } from "@k3s-lab/steps";
import { checkImage } from "./check-image.js";
import { pullCheckStep, pushCheckStep } from "./check.js";
import { applyStep, ClusterObjects, removeStep } from "./cluster-objects.js";
import { renderHosting } from "./hosting.js";
import { hostsStep, nameElsewhere } from "./hosts.js";
import { importStep } from "./import.js";
import { isComplete } from "./wanted-keys.js";
import { renderRegistry, renderSecret, secretObject } from "./manifest.js";
import type { Registry } from "./registry.js";
import { isServing, serveStep } from "./serve.js";
import { openWorld, type World } from "./world.js";

/** Renders what the registry is in the cluster, and by what it is found there. */
export function objectsOf(lab: Lab, registry: Registry) {
  return {
    manifest: renderRegistry(lab.config.registry.image, registry),
    secret: renderSecret(registry),
    hosting: renderHosting(registry, lab.config.host.hostsFile && nameElsewhere(lab, registry) === undefined),
  };
}

/** The way from a Ready cluster to a registry that is proved to work, from the host to every node. */
export function registrySteps(lab: Lab, registry: Registry, world: World = openWorld(lab)): readonly Step[] {
  const { image } = lab.config.registry;
  const { manifest, secret, hosting } = objectsOf(lab, registry);
  const [deployment] = manifest;
  const objects = new ClusterObjects(world.api, [secret ?? secretObject, ...manifest, hosting]);
  const wanted = [...(secret === undefined ? [] : [secret]), ...manifest];
  const unwanted = secret === undefined ? [secretObject] : [];
  const check = checkImage(registry.name, undefined, registry.keys.revision);
  const nodeNames = lab.config.nodes.map(({ name }) => name);
  const server = registry.node;
  return [
    importStep(registry, { image, deployment }, objects, world),
    applyStep({ id: "deploy-registry", title: "Deploy the registry", server }, objects, wanted, {
      expect: () => expectKeys(registry),
    }),
    serveStep(registry, manifest, objects, world),
    applyStep({ id: "publish-registry", title: "Publish the registry", server }, objects, [hosting]),
    removeStep({ id: "remove-registry-keys", title: "Remove what is needed no more", server }, objects, unwanted),
    hostsStep(lab, registry, world.hosts),
    pushCheckStep(registry, {
      image: check,
      nodes: world.nodes,
      isServing: (facts) => isServing(registry, deployment, objects, world, facts),
      proviso: async (facts) => (await objects.proviso(facts)) ?? "if the registry does not have it",
    }),
    pullCheckStep(registry, check, world.nodes, nodeNames),
  ];
}

/** The stage of the cluster makes them, since nodes get them before K3s first starts. */
function expectKeys(registry: Registry): void {
  if (isComplete(registry.keys, registry)) return;
  throw new Problem("LAB-REG-015", registry.name, "its password or its certificates were not made yet", {
    remedy: "Run `npm run lab:up`, which runs every stage.",
  });
}
