import { Api, ApiRefused, fieldManager, type KubeNode, nodesPath, type Pod, podsPath } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import type { DaemonSet } from "./daemon-set.js";
import { type Executed, execute } from "./execute.js";
import type { Target } from "./open-kubeconfig.js";
import { names, object } from "./names.js";

const { namespace, daemonSet, selector } = names;
const daemonSetPath = `/apis/apps/v1/namespaces/${namespace}/daemonsets/${daemonSet}`;
/** Milliseconds for a command in a pod: on a busy node it takes its time to start. */
const commandTimeout = 40_000;

/** Something that a user may be allowed to do, as a SelfSubjectAccessReview names it. */
export interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly group?: string;
  readonly namespace?: string;
}

interface Event {
  readonly involvedObject: { readonly name?: string };
  readonly reason?: string;
  readonly message?: string;
}

interface ServiceCidrs {
  readonly items?: readonly { readonly spec?: { readonly cidrs?: readonly string[] } }[];
}

/** What the guard asks of a cluster's API. Where the API refuses, a Problem tells what it was asked (LAB-GRD-011). */
export class ClusterApi {
  readonly target: Target;
  readonly #api: Api;
  readonly #signal: AbortSignal;

  constructor(target: Target, signal: AbortSignal) {
    this.target = target;
    this.#api = new Api(target.connection);
    this.#signal = signal;
  }

  nodes(): Promise<readonly KubeNode[]> {
    return this.#ask("list nodes", this.#api.list<KubeNode>(nodesPath, this.#signal));
  }

  /** Returns the guard's pods. */
  pods(): Promise<readonly Pod[]> {
    return this.#ask(`list pods in ${namespace}`, this.#api.list<Pod>(podsPath(namespace, selector), this.#signal));
  }

  /** Returns what the cluster warns of about the DaemonSet and its pods: "FailedCreate: pods are forbidden ...". */
  async warnings(): Promise<readonly string[]> {
    const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=type%3DWarning`;
    const events = await this.#ask(`list events in ${namespace}`, this.#api.list<Event>(path, this.#signal));
    return events
      .filter(({ involvedObject }) => involvedObject.name?.startsWith(daemonSet))
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** Returns the guard's DaemonSet, or undefined where there is none. */
  daemonSet(): Promise<DaemonSet | undefined> {
    return this.#ask(`read ${object}`, this.#api.find<DaemonSet>(daemonSetPath, this.#signal));
  }

  /** Applies on the server's side, and takes over fields that another manager has set. Resolves with the outcome. */
  apply(wanted: DaemonSet, { dryRun = false } = {}): Promise<DaemonSet> {
    const applying = { manager: fieldManager, dryRun, signal: this.#signal };
    return this.#ask(`apply ${object}`, this.#api.apply(daemonSetPath, wanted, applying));
  }

  /** Deleting what does not exist is no error. */
  delete(): Promise<void> {
    return this.#ask(`delete ${object}`, this.#api.delete(daemonSetPath, this.#signal));
  }

  /** Returns the ranges of the cluster's ServiceCIDR objects; undefined where it has none, or does not show them. */
  async serviceCidrs(): Promise<readonly string[] | undefined> {
    for (const version of ["v1", "v1beta1"]) {
      const path = `/apis/networking.k8s.io/${version}/servicecidrs`;
      const found = this.#api.find<ServiceCidrs>(path, this.#signal);
      const answer = await this.#ask("list ServiceCIDRs", orRefusal(found, 403));
      const items = answer instanceof ApiRefused ? [] : (answer?.items ?? []);
      if (items.length > 0) return items.flatMap(({ spec }) => spec?.cidrs ?? []);
    }
    return undefined;
  }

  /** Tries to create a Service with this address, without storing it. Resolves with what the API holds against it. */
  async complaintAbout(address: string, family: "IPv4" | "IPv6"): Promise<string | undefined> {
    const body = {
      metadata: { generateName: "k3s-lab-guard-" },
      spec: { clusterIP: address, ipFamilies: [family], ipFamilyPolicy: "SingleStack", ports: [{ port: 80 }] },
    };
    const creating = { dryRun: true, signal: this.#signal };
    const tried = this.#api.create<object>("/api/v1/namespaces/default/services", body, creating);
    const answer = await this.#ask("try a Service in default", orRefusal(tried, 400, 422));
    return answer instanceof ApiRefused ? answer.reason : undefined;
  }

  /** Tells whether the kubeconfig's user may do something; true as well where the user may not even ask. */
  async may(resourceAttributes: Right): Promise<boolean> {
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    };
    const asked = this.#api.create<{ status?: { allowed?: boolean } }>(path, review, { signal: this.#signal });
    const answer = await this.#ask("ask what it may do", orRefusal(asked, 403));
    // The request itself will tell.
    return answer instanceof ApiRefused || answer.status?.allowed === true;
  }

  /** Runs the guard's program in one of its pods. */
  execute(pod: string, args: readonly string[]): Promise<Executed> {
    const limits = { signal: this.#signal, timeout: commandTimeout };
    return this.#ask(
      `run a command in pod ${namespace}/${pod}`,
      execute(this.target.connection, pod, [names.program, ...args], limits),
    );
  }

  /** Resolves with an answer, or makes of its error what a user can act on. `what`: "list nodes". */
  async #ask<Value>(what: string, answer: Promise<Value>): Promise<Value> {
    try {
      return await answer;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof ApiRefused)) throw error;
      const { file, context, connection } = this.target;
      const remedies: Readonly<Record<number, string>> = {
        401: `Sign in again: the credentials of context ${context} in ${file} are refused.`,
        403: `Use a context whose user may do that; ${context} in ${file} may not.`,
      };
      throw new Problem("LAB-GRD-011", connection.server, `cannot ${what}: HTTP ${error.status}: ${error.reason}`, {
        remedy: remedies[error.status],
        cause: error,
      });
    }
  }
}

/** Tells whether the API refuses, or the user cannot sign in, so that asking again does not help. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Problem && (error.id === "LAB-GRD-011" || error.id === "LAB-GRD-005");
}

/** Resolves with a refusal of one of these HTTP statuses as with an answer. */
async function orRefusal<Value>(answer: Promise<Value>, ...statuses: readonly number[]): Promise<Value | ApiRefused> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiRefused && statuses.includes(error.status)) return error;
    throw error;
  }
}
