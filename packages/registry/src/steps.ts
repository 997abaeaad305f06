import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { checkImage } from "./check-image.js";
import { pullCheckStep, pushCheckStep } from "./check.js";
import { applyStep, ClusterObjects } from "./cluster-objects.js";
import { renderHosting } from "./hosting.js";
import { hostsStep } from "./hosts.js";
import { importStep } from "./import.js";
import { renderRegistry } from "./manifest.js";
import type { Registry } from "./registry.js";
import { serveStep } from "./serve.js";
import { openWorld, type World } from "./world.js";

/** The way from a Ready cluster to a registry that is proved to work, from the host to every node. */
export function registrySteps(lab: Lab, registry: Registry, world: World = openWorld(lab)): readonly Step[] {
  const { image } = lab.config.registry;
  const manifest = renderRegistry(image, registry);
  const [deployment] = manifest;
  const hosting = renderHosting(registry, lab.config.host.hostsFile);
  const objects = new ClusterObjects(world.api, [...manifest, hosting]);
  const check = checkImage(registry.name);
  const nodeNames = lab.config.nodes.map(({ name }) => name);
  const server = registry.node;
  return [
    importStep(registry, { image, deployment }, objects, world),
    applyStep({ id: "deploy-registry", title: "Deploy the registry", server }, objects, manifest),
    serveStep(registry, manifest, objects, world),
    applyStep({ id: "publish-registry", title: "Publish the registry", server }, objects, [hosting]),
    hostsStep(lab, registry, world.hosts),
    pushCheckStep(registry, {
      image: check,
      install: lab.config.host.install,
      isRunning: (facts) => objects.isRunning(deployment, facts),
    }),
    pullCheckStep(registry, check, world.nodes, nodeNames),
  ];
}
