import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { checkImage } from "./check-image.js";
import { pullCheckStep, pushCheckStep } from "./check.js";
import { ClusterObjects } from "./cluster-objects.js";
import { applyStep } from "./deploy.js";
import { hostsStep } from "./hosts.js";
import { renderHosting } from "./hosting.js";
import { importStep } from "./import.js";
import { nameOf } from "./kube-object.js";
import { renderRegistry } from "./manifest.js";
import type { Registry } from "./registry.js";
import { isRolledOut } from "./rollout.js";
import { serveStep } from "./serve.js";
import { openWorld, type World } from "./world.js";

/** From a Ready cluster to a registry that is known to work, from the host to every node. */
export function registrySteps(lab: Lab, registry: Registry, world: World = openWorld(lab)): readonly Step[] {
  const { image, port } = lab.config.registry;
  const manifest = renderRegistry({ image, port, node: registry.node });
  const [deployment] = manifest;
  const hosting = renderHosting(registry, lab.config.host.hostsFile);
  const objects = new ClusterObjects(world.api, [...manifest, hosting]);
  const check = checkImage(registry.name);
  const isThere = async (signal: AbortSignal) => isRolledOut((await objects.seen(signal)).get(nameOf(deployment)));
  const nodeNames = lab.config.nodes.map(({ name }) => name);
  return [
    ...(world.archive === undefined
      ? []
      : [importStep(registry, { image, archive: world.archive, deployment }, objects, world.nodes)]),
    applyStep("deploy-registry", "Deploy the registry", objects, manifest, registry.node),
    serveStep(registry, manifest, objects, world),
    applyStep("publish-registry", "Publish the registry", objects, [hosting], registry.node),
    hostsStep(lab, registry, world.hosts),
    pushCheckStep(registry, { image: check, install: lab.config.host.install, isThere }),
    pullCheckStep(registry, check, world.nodes, nodeNames),
  ];
}
