import { type Api, type KubeNode, nodesPath, obstacleOf, openApi, parseKubeconfig } from "@k3s-lab/kube";
import { nothingSeen } from "./node/node-seen.js";
import type { Facts } from "@k3s-lab/steps";
import type { Nodes } from "./node/nodes.js";
import type { NodeSeen } from "./node/node-seen.js";

/** What the steps see of the cluster, on its nodes and by its API. */
export interface ClusterSeen {
  readonly nodes: ReadonlyMap<string, NodeSeen>;
  /** Undefined where K3s does not run on any server, or has never run there. */
  readonly api: Api | undefined;
  /** The Node objects by name; undefined where the API does not answer. */
  readonly objects: ReadonlyMap<string, KubeNode> | undefined;
}

/** Where a server's own API is for this host. */
export interface ServerAt {
  readonly node: string;
  readonly url: string;
}

/** The cluster's API, reached with a server's own kubeconfig, so that no file on the host need exist. */
export class Kube {
  /** The name of the server's node, or of the first of several. */
  readonly server: string;
  readonly #nodes: Nodes;
  readonly #urls: ReadonlyMap<string, string>;
  readonly #open: typeof openApi;

  constructor(nodes: Nodes, servers: readonly [ServerAt, ...ServerAt[]], open = openApi) {
    this.#nodes = nodes;
    this.#urls = new Map(servers.map(({ node, url }) => [node, url]));
    this.server = servers[0].node;
    this.#open = open;
  }

  async see(facts: Facts): Promise<ClusterSeen> {
    const nodes = await this.#nodes.seeAll(facts);
    const answer = await facts.get("the cluster's API", ({ signal }) => this.#ask(nodes, signal));
    return { nodes, ...answer };
  }

  /**
   * Asks the servers one after the other; where none answers, the first of those that run is the API. Each API goes on by the other
   * servers where its own falls silent.
   */
  async #ask(nodes: ReadonlyMap<string, NodeSeen>, signal: AbortSignal): Promise<Pick<ClusterSeen, "api" | "objects">> {
    const all = [...this.#urls];
    const apis = all.flatMap(([name, url]) => {
      const others = all.flatMap(([, each]) => (each === url ? [] : [each]));
      return this.openBy(name, nodes.get(name), others) ?? [];
    });
    for (const api of apis) {
      // It tells at once that etcd lacks its majority, where any other question is answered after many seconds.
      if (this.#urls.size > 1 && !(await api.isReady(signal))) continue;
      const objects = await nodeObjects(api, signal);
      if (objects !== undefined) return { api, objects };
    }
    return { api: apis[0], objects: undefined };
  }

  /** Opens the API of a server by what was seen of it; of one that is to be restarted, the API that answers until then. */
  openBy(
    name: string,
    { isRunning, isActive, startsByItself, kubeconfig = "" }: NodeSeen = nothingSeen,
    others: readonly string[] = [],
  ): Api | undefined {
    return isActive || (isRunning && startsByItself !== undefined)
      ? this.openWith(name, kubeconfig, others)
      : undefined;
  }

  /** Opens the API of a server by its own kubeconfig; undefined where it is none. `others`: who answers where it does not. */
  openWith(name: string, text: string, others: readonly string[] = []): Api | undefined {
    const kubeconfig = parseKubeconfig(text);
    const server = this.#urls.get(name);
    if (kubeconfig === undefined || server === undefined) return undefined;
    return this.#open({ ...kubeconfig, server, others }, this.#nodes.driver.timeoutFactor);
  }
}

async function nodeObjects(api: Api, signal: AbortSignal) {
  try {
    const objects = await api.list<KubeNode>(nodesPath, signal);
    return new Map(objects.map((node) => [node.metadata.name, node]));
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
