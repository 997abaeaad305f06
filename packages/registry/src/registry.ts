import { type LabConfig, serverNames } from "@k3s-lab/lab";
import { sharedStore } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { names } from "./names.js";

/** The lab's registry: the node that it runs on, and where it answers. `.lab/registry.json` records it. */
export class Registry {
  /** The node that it runs on, or the first of several, by which it is called: "multi". */
  readonly node: string;
  /** That node's IPv4 address, or the one that several share: "10.76.0.10". */
  readonly address: string;
  readonly port: number;
  /** The port of 127.0.0.1 by which this host reaches it; undefined where the host reaches the node itself. */
  readonly published: number | undefined;
  /** The nodes that it runs on, all with one store, which is a folder of the host; undefined where it is on one. */
  readonly servers: readonly string[] | undefined;

  constructor({ node, address, port, published, servers }: Place) {
    this.node = node;
    this.address = address;
    this.port = port;
    this.published = published;
    this.servers = servers;
  }

  /** The nodes that it runs on. */
  get nodes(): readonly string[] {
    return this.servers ?? [this.node];
  }

  /** Where these nodes have its images. */
  get store(): string {
    return this.servers === undefined ? names.store : sharedStore;
  }

  /** What it is called in image references: "multi:5000". */
  get name(): string {
    return `${this.node}:${this.port}`;
  }

  /**
   * What takes the place of its name on this host where that cannot be resolved: "10.76.0.10:5000", or "localhost:41873", which
   * Docker does not insist on HTTPS for.
   */
  get host(): string {
    return this.published === undefined ? `${this.address}:${this.port}` : `localhost:${this.published}`;
  }

  /** Where this host reaches it: "http://10.76.0.10:5000". */
  get endpoint(): string {
    return this.published === undefined ? this.nodesEndpoint : `http://127.0.0.1:${this.published}`;
  }

  /** Where nodes reach it: "http://10.76.0.10:5000". */
  get nodesEndpoint(): string {
    return `http://${this.address}:${this.port}`;
  }
}

interface Place {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly published?: number | undefined;
  readonly servers?: readonly string[] | undefined;
}

/** Decides where the lab's registry is: on the server, or on all of them, before K3s first starts there. */
export function decideRegistry(
  { nodes, registry: { port } }: Pick<LabConfig, "nodes" | "registry">,
  machines: readonly { readonly name: string; readonly address: string }[],
  published?: number,
  sharedAddress?: string,
): Registry {
  const all = serverNames({ nodes });
  const [server] = all;
  const machine = machines.find(({ name }) => name === server);
  if (machine !== undefined) {
    const servers = all.length > 1 ? all : undefined;
    return new Registry({ node: machine.name, address: sharedAddress ?? machine.address, port, published, servers });
  }
  throw new Problem("LAB-REG-011", server ?? "lab.yaml", "has no machine, expected the server to have one", {
    remedy: "Run `npm run lab:up`, which runs every stage.",
  });
}

export interface RegistryDescription {
  readonly name: string;
  readonly endpoint: string;
  /** The line of Docker's daemon.json without which `docker push` insists on HTTPS. */
  readonly insecureRegistry: string;
  /** By what name Docker pushes without that line: "localhost:41873"; absent where there is none. */
  readonly trusted?: string;
}

export function describeRegistry({ name, host, endpoint, published }: Registry): RegistryDescription {
  const trusted = published === undefined ? {} : { trusted: host };
  return { name, endpoint, insecureRegistry: `"insecure-registries": ["${name}", "${host}"]`, ...trusted };
}
