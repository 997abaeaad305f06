import { pushImages, Registry } from "@k3s-lab/registry";
import type { Building } from "./build-suite.js";
import { type Cluster, kubectlCache } from "./cluster.js";
import { repository, type TestImages } from "./make-images.js";
import type { Places } from "./places.js";

/** "192.168.1.5:5001" in its parts; undefined for what is not HOST:PORT. */
export function parseRegistry(text: string): Registry | undefined {
  const [, host, port] = /^([A-Za-z0-9][A-Za-z0-9.-]*):(\d{1,5})$/.exec(text) ?? [];
  return host === undefined ? undefined : new Registry({ node: host, address: host, port: Number(port) });
}

/** A cluster that k3s-lab did not make, whose nodes pull the images of the tests from `registry`, or from where all do. */
export function otherCluster(places: Places, kubeconfig: string, registry: Registry | undefined): Cluster {
  const images = registry === undefined ? undefined : `${registry.name}/${repository}`;
  return { kubeconfig, env: kubectlCache(places), images };
}

/** Pushes the images into a registry that speaks plain HTTP, as the lab's does. */
export async function pushTo(
  registry: Registry,
  { sources }: TestImages,
  { progress, signal }: Building,
): Promise<void> {
  const options = { registry, install: "auto", progress, signal } as const;
  for await (const { references } of pushImages(sources, options)) progress(`pushed ${references.join(", ")}`);
}
