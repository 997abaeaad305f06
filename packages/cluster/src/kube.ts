import { type Api, type KubeNode, nodesPath, obstacleOf, openApi, parseKubeconfig } from "@k3s-lab/kube";
import type { Facts } from "@k3s-lab/steps";
import type { Nodes } from "./node/nodes.js";
import type { NodeSeen } from "./node/node-seen.js";

/** What the steps see of the cluster, on its nodes and by its API. */
export interface ClusterSeen {
  readonly nodes: ReadonlyMap<string, NodeSeen>;
  /** Undefined where K3s does not run on the server, or has never run there. */
  readonly api: Api | undefined;
  /** The Node objects by name; undefined where the API does not answer. */
  readonly objects: ReadonlyMap<string, KubeNode> | undefined;
}

/** The cluster's API, reached with the server's own kubeconfig, so that no file on the host need exist. */
export class Kube {
  /** The name of the server's node. */
  readonly server: string;
  readonly #nodes: Nodes;
  readonly #url: string;
  readonly #open: typeof openApi;

  constructor(nodes: Nodes, server: { readonly url: string; readonly node: string }, open = openApi) {
    this.#nodes = nodes;
    this.#url = server.url;
    this.server = server.node;
    this.#open = open;
  }

  async see(facts: Facts): Promise<ClusterSeen> {
    const nodes = await this.#nodes.seeAll(facts);
    const api = await facts.get("the cluster's API", async () => this.openBy(nodes.get(this.server)));
    const objects = await facts.get("the cluster's Node objects", ({ signal }) => nodeObjects(api, signal));
    return { nodes, api, objects };
  }

  /** Opens the API by what was seen of the server. */
  openBy(server: NodeSeen | undefined): Api | undefined {
    return server?.isActive ? this.openWith(server.kubeconfig ?? "") : undefined;
  }

  /** Opens the API by a kubeconfig of the server's; undefined where it is none. */
  openWith(text: string): Api | undefined {
    const kubeconfig = parseKubeconfig(text);
    return kubeconfig && this.#open({ ...kubeconfig, server: this.#url }, this.#nodes.driver.timeoutFactor);
  }
}

async function nodeObjects(api: Api | undefined, signal: AbortSignal) {
  try {
    const objects = await api?.list<KubeNode>(nodesPath, signal);
    return objects && new Map(objects.map((node) => [node.metadata.name, node]));
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/** Tells why a node is not Ready; undefined where it is. A report from before K3s was started there does not count. */
export function obstacleTo(
  seen: Pick<NodeSeen, "startedAt"> | undefined,
  object: KubeNode | undefined,
): string | undefined {
  return obstacleOf(object, seen?.startedAt);
}
