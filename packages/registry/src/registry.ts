import type { LabConfig } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";

/** The lab's registry: the node that it runs on, and where it answers. `.lab/registry.json` records it. */
export class Registry {
  /** The node that it runs on: "multi". */
  readonly node: string;
  /** That node's IPv4 address: "10.76.0.10". */
  readonly address: string;
  readonly port: number;

  constructor({ node, address, port }: Pick<Registry, "node" | "address" | "port">) {
    this.node = node;
    this.address = address;
    this.port = port;
  }

  /** What it is called in image references: "multi:5000". */
  get name(): string {
    return `${this.node}:${this.port}`;
  }

  /** What takes the place of its name where that cannot be resolved: "10.76.0.10:5000". */
  get host(): string {
    return `${this.address}:${this.port}`;
  }

  /** "http://10.76.0.10:5000" */
  get endpoint(): string {
    return `http://${this.host}`;
  }
}

/** Decides where the lab's registry is: on the server, before K3s first starts there. */
export function decideRegistry(
  { nodes, registry: { port } }: Pick<LabConfig, "nodes" | "registry">,
  machines: readonly { readonly name: string; readonly address: string }[],
): Registry {
  const server = nodes.find(({ role }) => role === "server")?.name;
  const machine = machines.find(({ name }) => name === server);
  if (machine !== undefined) return new Registry({ node: machine.name, address: machine.address, port });
  throw new Problem("LAB-REG-011", server ?? "lab.yaml", "has no machine, expected the server to have one", {
    remedy: "Run `npm run lab:up`, which runs every stage.",
  });
}

export interface RegistryDescription {
  readonly name: string;
  readonly endpoint: string;
  /** The line of Docker's daemon.json without which `docker push` insists on HTTPS. */
  readonly insecureRegistry: string;
}

export function describeRegistry({ name, host, endpoint }: Registry): RegistryDescription {
  return { name, endpoint, insecureRegistry: `"insecure-registries": ["${name}", "${host}"]` };
}
