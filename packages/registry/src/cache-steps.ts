import { statSync } from "node:fs";
import { type Cluster, proxiesOf, proxyVariables } from "@k3s-lab/cluster";
import { caller } from "@k3s-lab/host";
import type { HostNetwork } from "@k3s-lab/host-network";
import { isModules } from "@k3s-lab/k3s-source";
import { type Deployment, isRolledOut, type KubeObject, pathOf, type Pod, waitOf, describeWait } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { cachedImages, type Machines } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { type Step, step, until } from "@k3s-lab/steps";
import { type Cache, cacheAddress, cachesOf, cacheObjects, renderCaches } from "./cache.js";
import { applyStep, ClusterObjects, podsOf, removeStep } from "./cluster-objects.js";
import { bringerOf } from "./fetch-image.js";
import { names } from "./names.js";
import type { ReadRegistries } from "./read-registries.js";
import type { Registry } from "./registry.js";
import { openWorld, type World } from "./world.js";

/** What the caches follow from. */
export interface CacheValues {
  readonly hostNetwork: Pick<HostNetwork, "lan">;
  readonly machines: Pick<Machines, "mounts">;
  readonly cluster: Pick<Cluster, "source" | "binary" | "archives" | "serviceCidr" | "podCidr" | "serverNode">;
  readonly registry: Registry;
}

/** The caches of a lab, and their objects in the cluster; both empty where lab.yaml asks for none. */
export function cachesIn(
  lab: Lab,
  { hostNetwork, machines, cluster, registry }: CacheValues,
  { configs, files }: ReadRegistries,
): { readonly caches: readonly Cache[]; readonly objects: readonly KubeObject[] } {
  const { cache, image } = lab.config.registry;
  if (cache.length === 0) return { caches: [], objects: [] };
  const { lan } = hostNetwork;
  const caches = cachesOf(lab.config.registry, cluster.serviceCidr, configs);
  const objects = renderCaches(caches, {
    image,
    isBare: isModules(cluster.source) && bringerOf(image, cluster) === "k3s",
    placed: registry,
    address: cacheAddress(cluster.serviceCidr),
    owner: ownerOf(machines),
    trusted: files.map(({ content }) => content),
    proxies: proxyVariables(proxiesOf(lab, lan), { ...cluster, subnet: lan.subnet }),
  });
  return { caches, objects };
}

/** Returns who owns the host's folder, or will; in a virtual machine, whose folder is its own, root. */
function ownerOf({ mounts = [] }: Pick<Machines, "mounts">): { readonly uid: number; readonly gid: number } {
  const folder = mounts.find(({ to }) => to === cachedImages.inside)?.from;
  if (folder === undefined) return { uid: 0, gid: 0 };
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? caller();
  return { uid, gid };
}

/** Milliseconds. */
const startTimeout = 120_000;
const lookEvery = 100;

/** The caches in the cluster, or their removal. */
export function cacheSteps(
  lab: Lab,
  values: CacheValues,
  read: ReadRegistries,
  world: Pick<World, "api" | "nodes"> = openWorld(lab),
): readonly Step[] {
  const server = values.registry.node;
  const { objects: wanted } = cachesIn(lab, values, read);
  const objects = new ClusterObjects(world.api, wanted.length > 0 ? wanted : cacheObjects, names.cache);
  if (wanted.length === 0) {
    return [
      removeStep(
        { id: "remove-caches", title: "Remove the caches of other registries", server },
        objects,
        cacheObjects,
      ),
    ];
  }
  const subject = { id: "deploy-caches", title: "Deploy the caches of other registries", server };
  return [
    applyStep(subject, objects, wanted, { interrupts: "pulls from other registries" }),
    waitStep(server, wanted, objects, world),
  ];
}

function waitStep(
  server: string,
  wanted: readonly KubeObject[],
  objects: ClusterObjects,
  { api, nodes }: Pick<World, "api" | "nodes">,
): Step {
  const deployment = wanted.find(({ kind }) => kind === "Deployment");
  if (deployment === undefined) throw new Error("the caches have no Deployment");
  return step<{ readonly done: boolean; readonly provided: string }>({
    id: "wait-for-caches",
    title: "Wait for the caches",
    observe: async (facts) => ({
      done: await objects.isRunning(deployment, facts),
      provided: (await objects.proviso(facts)) ?? "if it does not answer at once",
    }),
    plan: ({ done, provided }) =>
      done
        ? []
        : [
            {
              on: "registry",
              kind: "check",
              sentence: `${server}: wait until ${names.cache} runs`,
              provided,
              run: async ({ signal }) => {
                await until({
                  every: lookEvery,
                  within: startTimeout * nodes.timeoutFactor,
                  signal,
                  look: async () => {
                    const seen = await api().find<KubeObject & Deployment>(pathOf(deployment), signal);
                    if (seen !== undefined && isRolledOut(seen)) return { value: true };
                    const wait = (await api().list<Pod>(podsOf(names.cache), signal))
                      .map(waitOf)
                      .find((each) => each !== undefined);
                    return { reason: wait === undefined ? "its pod is not ready yet" : describeWait(wait) };
                  },
                  late: (reason) =>
                    new Problem("LAB-REG-016", `${server}: ${names.cache}`, `does not run: ${reason}`, {
                      remedy: `See \`npm run kubectl -- logs -n ${names.namespace} -l app=${names.cache} --all-containers\`.`,
                    }),
                });
              },
            },
          ],
  });
}
