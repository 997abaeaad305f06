import type { Lab, Mirror } from "@k3s-lab/lab";
import { registryRecord } from "./record.js";

/** The lab's registry, as `.lab/registry.json` records it. */
export type Registry = Mirror;

/** What the last `lab:up` recorded; nothing before the first. */
export function readRegistry({ state }: Pick<Lab, "state">): Registry | undefined {
  return state.read(registryRecord);
}

/** Host and port of the endpoint, as it stands in an image reference: "10.76.0.10:5000". */
export function endpointHost({ endpoint }: Registry): string {
  return endpoint.replace(/^\w+:\/\//, "");
}

export interface RegistryDescription {
  readonly name: string;
  readonly endpoint: string;
  /** The line of Docker's daemon.json without which `docker push` insists on HTTPS. */
  readonly insecureRegistry: string;
}

export function describeRegistry(registry: Registry): RegistryDescription {
  const { name, endpoint } = registry;
  return { name, endpoint, insecureRegistry: `"insecure-registries": ["${name}", "${endpointHost(registry)}"]` };
}
