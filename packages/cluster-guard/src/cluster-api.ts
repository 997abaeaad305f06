import {
  AppsV1Api,
  AuthorizationV1Api,
  type Configuration,
  CoreV1Api,
  createConfiguration,
  KubernetesObjectApi,
  NetworkingV1Api,
  NetworkingV1beta1Api,
  PatchStrategy,
  ServerConfiguration,
  type V1DaemonSet,
  type V1Node,
  type V1Pod,
  type V1ResourceAttributes,
} from "@kubernetes/client-node";
import type { Target } from "./kubeconfig.js";
import { names } from "./names.js";
import { type Executed, execute } from "./execute.js";
import { refusalOf, Refused } from "./refusal.js";

/** Milliseconds for one request. */
const patience = 15_000;
/** Milliseconds for a command in a pod: on a busy node it takes its time to start. */
const commandPatience = 40_000;
const dryRun = "All";

/** What the guard asks of a cluster's API; each refusal is a Problem. */
export class ClusterApi {
  readonly target: Target;
  readonly #signal: AbortSignal;
  readonly #configuration: Configuration;

  constructor(target: Target, signal: AbortSignal) {
    this.target = target;
    this.#signal = signal;
    this.#configuration = createConfiguration({
      baseServer: new ServerConfiguration(target.server, {}),
      authMethods: { default: target.config },
      promiseMiddleware: [
        {
          pre: async (request) => {
            request.setSignal(AbortSignal.any([signal, AbortSignal.timeout(patience)]));
            return request;
          },
          post: async (response) => response,
        },
      ],
    });
  }

  async nodes(): Promise<readonly V1Node[]> {
    return (await this.#ask("list nodes", new CoreV1Api(this.#configuration).listNode())).items;
  }

  /** The guard's pods. */
  async pods(): Promise<readonly V1Pod[]> {
    const { namespace, selector } = names;
    const api = new CoreV1Api(this.#configuration);
    const answer = api.listNamespacedPod({ namespace, labelSelector: selector });
    return (await this.#ask(`list pods in ${namespace}`, answer)).items;
  }

  /** What the cluster says of the DaemonSet and its pods that is no good: "FailedCreate: pods are forbidden ...". */
  async warnings(): Promise<readonly string[]> {
    const { namespace, daemonSet } = names;
    const api = new CoreV1Api(this.#configuration);
    const answer = api.listNamespacedEvent({ namespace, fieldSelector: "type=Warning" });
    const { items } = await this.#ask(`list events in ${namespace}`, answer);
    return items
      .filter(({ involvedObject }) => involvedObject.name?.startsWith(daemonSet))
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  daemonSet(): Promise<V1DaemonSet | undefined> {
    const { namespace, daemonSet: name } = names;
    return this.#find(`read DaemonSet ${namespace}/${name}`, () =>
      new AppsV1Api(this.#configuration).readNamespacedDaemonSet({ name, namespace }),
    );
  }

  /** Server-side apply; whoever else has set a field of it: it is set so. Resolves with what is there then. */
  async apply(daemonSet: V1DaemonSet, { try: trying = false } = {}): Promise<V1DaemonSet> {
    const api = new KubernetesObjectApi(this.#configuration);
    const { fieldManager } = names;
    const what = `apply DaemonSet ${names.namespace}/${names.daemonSet}`;
    const only = trying ? dryRun : undefined;
    return this.#ask(
      what,
      api.patch(daemonSet as never, undefined, only, fieldManager, true, PatchStrategy.ServerSideApply),
    ) as Promise<V1DaemonSet>;
  }

  /** What is not there need not be deleted. */
  async delete(): Promise<void> {
    const { namespace, daemonSet: name } = names;
    await this.#find(`delete DaemonSet ${namespace}/${name}`, () =>
      new AppsV1Api(this.#configuration).deleteNamespacedDaemonSet({ name, namespace }),
    );
  }

  /** Of the cluster's ServiceCIDR objects; undefined where it has none of these or does not show them. */
  async serviceCidrs(): Promise<readonly string[] | undefined> {
    for (const Api of [NetworkingV1Api, NetworkingV1beta1Api]) {
      try {
        const { items } = (await this.#find("list ServiceCIDRs", () =>
          new Api(this.#configuration).listServiceCIDR(),
        )) ?? { items: [] };
        if (items.length > 0) return items.flatMap(({ spec }) => spec?.cidrs ?? []);
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 403) throw error;
      }
    }
    return undefined;
  }

  /** Asks for a Service with this address, without making one. Resolves with what the API says against it. */
  async complaintAbout(address: string, family: "IPv4" | "IPv6"): Promise<string | undefined> {
    const namespace = "default";
    const body = {
      metadata: { generateName: "k3s-lab-guard-" },
      spec: {
        clusterIP: address,
        ipFamilies: [family],
        ipFamilyPolicy: "SingleStack",
        ports: [{ port: 80 }],
      },
    };
    try {
      const api = new CoreV1Api(this.#configuration);
      await this.#ask(`try a Service in ${namespace}`, api.createNamespacedService({ namespace, body, dryRun }));
      return undefined;
    } catch (error) {
      if (error instanceof Refused && (error.status === 422 || error.status === 400)) return error.reason;
      throw error;
    }
  }

  /** Whether the kubeconfig's user may do something. */
  async may(resourceAttributes: V1ResourceAttributes): Promise<boolean> {
    const api = new AuthorizationV1Api(this.#configuration);
    const answer = api.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
    const { status } = await this.#ask("ask what it may do", answer);
    return status?.allowed === true;
  }

  /** Runs the guard's program in one of its pods. */
  async execute(pod: string, args: readonly string[]): Promise<Executed> {
    const running = execute(this.target.config, pod, [names.program, ...args], {
      signal: this.#signal,
      timeout: commandPatience,
    });
    return this.#ask(`run a command in pod ${names.namespace}/${pod}`, running);
  }

  async #ask<Value>(what: string, answer: Promise<Value>): Promise<Value> {
    try {
      return await answer;
    } catch (error) {
      this.#signal.throwIfAborted();
      throw refusalOf(error, what, this.target);
    }
  }

  /** Undefined where there is no such object, or nothing of its kind. */
  async #find<Value>(what: string, ask: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await this.#ask(what, ask());
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return undefined;
      throw error;
    }
  }
}
