import type { LabConfig } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Access } from "./access.js";
import type { RegistryKeys } from "./keys.js";

/** The lab's registry: the node that it runs on, and where it answers. `.lab/registry.json` records it. */
export class Registry {
  /** The node that it runs on: "multi". */
  readonly node: string;
  /** That node's IPv4 address: "10.76.0.10". */
  readonly address: string;
  readonly port: number;
  /** The port of 127.0.0.1 by which this host reaches it; undefined where the host reaches the node itself. */
  readonly published: number | undefined;
  /** Whether it serves HTTPS. */
  readonly tls: boolean;
  /** Whether it has its users sign in. */
  readonly auth: boolean;
  /** Private, so that no record, and nothing that is printed of this value, has them. */
  readonly #keys: RegistryKeys;

  constructor({ node, address, port, published, tls = false, auth = false }: Place, keys: RegistryKeys = {}) {
    this.node = node;
    this.address = address;
    this.port = port;
    this.published = published;
    this.tls = tls;
    this.auth = auth;
    this.#keys = keys;
  }

  /** Returns the same registry, with the keys that it is spoken to by. */
  withKeys(keys: RegistryKeys): Registry {
    return new Registry(this, keys);
  }

  /** What it is secured by, as far as that is known here. */
  get keys(): RegistryKeys {
    return this.#keys;
  }

  /** How this host speaks to it. */
  get access(): Access {
    const { login, authority } = this.#keys;
    return {
      endpoint: this.endpoint,
      ...(this.auth && { login }),
      ...(this.tls && { authority: authority?.certificate ?? "" }),
    };
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
    return this.published === undefined ? this.nodesEndpoint : `${this.#scheme}://127.0.0.1:${this.published}`;
  }

  /** Where nodes reach it: "http://10.76.0.10:5000". */
  get nodesEndpoint(): string {
    return `${this.#scheme}://${this.address}:${this.port}`;
  }

  get #scheme(): string {
    return this.tls ? "https" : "http";
  }
}

interface Place {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly published?: number | undefined;
  readonly tls?: boolean;
  readonly auth?: boolean;
}

/** Decides where the lab's registry is: on the server, before K3s first starts there. */
export function decideRegistry(
  { nodes, registry: { port, tls, auth } }: Pick<LabConfig, "nodes" | "registry">,
  machines: readonly { readonly name: string; readonly address: string }[],
  published?: number,
): Registry {
  const server = nodes.find(({ role }) => role === "server")?.name;
  const machine = machines.find(({ name }) => name === server);
  if (machine !== undefined) {
    return new Registry({ node: machine.name, address: machine.address, port, published, tls, auth: auth !== "off" });
  }
  throw new Problem("LAB-REG-011", server ?? "lab.yaml", "has no machine, expected the server to have one", {
    remedy: "Run `npm run lab:up`, which runs every stage.",
  });
}
