import { type Api, type KubeNode, nodesPath, obstacleOf, openApi, parseKubeconfig } from "@k3s-lab/kube";
import type { Nodes } from "./node/nodes.js";

/** The cluster's API as the steps see it: reached with what the server itself has, so that no file of ours need exist. */
export class Kube {
  readonly #nodes: Nodes;
  readonly #server: { readonly url: string; readonly node: string };
  #opened: { readonly kubeconfig: string; readonly api: Api } | undefined;
  #seen: Promise<ReadonlyMap<string, KubeNode> | undefined> | undefined;

  /** Nodes that K3s was started on, and the last sign of life of the kubelet that ran there before. */
  readonly #started = new Map<string, string | undefined>();

  constructor(nodes: Nodes, server: { readonly url: string; readonly node: string }) {
    this.#nodes = nodes;
    this.#server = server;
  }

  /** Undefined where K3s has never run on the server, or does not run now. */
  async api(signal: AbortSignal): Promise<Api | undefined> {
    const { isActive, kubeconfig } = await this.#nodes.see(this.#server.node, signal);
    if (!isActive || kubeconfig === undefined) return undefined;
    if (this.#opened?.kubeconfig === kubeconfig) return this.#opened.api;
    const parsed = parseKubeconfig(kubeconfig);
    if (parsed === undefined) return undefined;
    const api = openApi({ ...parsed, server: this.#server.url });
    this.#opened = { kubeconfig, api };
    return api;
  }

  /** The Node objects by name; undefined where the API does not answer. */
  nodeObjects(signal: AbortSignal): Promise<ReadonlyMap<string, KubeNode> | undefined> {
    this.#seen ??= this.#list(signal).catch((error: unknown) => {
      this.forget();
      if (signal.aborted) throw error;
      return undefined;
    });
    return this.#seen;
  }

  /** To be called before K3s is started on a node: what the API says of it is then of a kubelet that has ended. */
  async expectNews(name: string, signal: AbortSignal): Promise<void> {
    this.#started.set(name, heartbeatOf((await this.nodeObjects(signal))?.get(name)));
  }

  /** Whether K3s runs on a node without having registered it: somebody has deleted the node. */
  async isMissing(name: string, signal: AbortSignal): Promise<boolean> {
    return !this.#started.has(name) && (await this.nodeObjects(signal))?.has(name) === false;
  }

  /** Why a node is not Ready; undefined where it is. */
  obstacle(name: string, node: KubeNode | undefined): string | undefined {
    const heartbeat = heartbeatOf(node);
    if (heartbeat !== undefined && heartbeat === this.#started.get(name))
      return "has not reported since K3s was started on it";
    return obstacleOf(node);
  }

  /** To be called once an action has changed what the API would answer. */
  forget(): void {
    this.#seen = undefined;
  }

  async #list(signal: AbortSignal): Promise<ReadonlyMap<string, KubeNode> | undefined> {
    const api = await this.api(signal);
    const nodes = await api?.list<KubeNode>(nodesPath, signal);
    return nodes && new Map(nodes.map((node) => [node.metadata.name, node]));
  }
}

function heartbeatOf(node: KubeNode | undefined): string | undefined {
  return node?.status?.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime;
}
