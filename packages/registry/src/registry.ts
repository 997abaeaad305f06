import type { LabConfig } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/lab";

/** The lab's registry, as `.lab/registry.json` records it. */
export interface Registry {
  /** What stands before an image's name: "multi:5000". */
  readonly name: string;
  /** Where it answers: "http://10.76.0.10:5000". */
  readonly endpoint: string;
  /** The node that it runs on, and whose disk holds the images. */
  readonly node: string;
}

/** What the registry will be: pure data of the configuration and the machines' addresses. */
export function decideRegistry(
  config: LabConfig,
  machines: readonly { readonly name: string; readonly address: string }[],
): Registry {
  const server = config.nodes.find((node) => node.role === "server")?.name;
  const machine = machines.find(({ name }) => name === server);
  if (server === undefined || machine === undefined) {
    throw new Problem(server ?? "lab.yaml", "has no machine, expected the server to have one");
  }
  const { port } = config.registry;
  return { name: `${server}:${port}`, endpoint: `http://${machine.address}:${port}`, node: server };
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
