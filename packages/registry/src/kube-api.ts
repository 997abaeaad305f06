import { type Api, ApiRefused } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type KubeObject, nameOf, type ObjectName, pathOf } from "./kube-object.js";
import { names } from "./names.js";

/** The part of the cluster's API that a registry needs. */
export interface KubeApi {
  /** Undefined where there is no such object. */
  get(object: ObjectName, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** Server-side apply. Resolves with the object as the cluster has it then. */
  apply(object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  pods(namespace: string, selector: string, signal: AbortSignal): Promise<readonly KubeObject[]>;
}

/** `open` is called at the first request: when a plan is made there may be no cluster. */
export function openKubeApi(open: () => Pick<Api, "get" | "find" | "apply"> | undefined): KubeApi {
  let opened: ReturnType<typeof open>;
  const api = () => {
    opened ??= open();
    if (opened === undefined)
      throw new Problem("LAB-REG-005", "cluster", "has no kubeconfig", { remedy: "Run `npm run lab:up`." });
    return opened;
  };
  return {
    get: async (object, signal) => named(object, api().find<KubeObject>(pathOf(object), signal)),
    apply: async (object, signal) =>
      named(object, api().apply(pathOf(object), object, { manager: names.fieldManager, signal })),
    async pods(namespace, selector, signal) {
      const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
      return (await api().get<{ items: readonly KubeObject[] }>(path, signal)).items;
    },
  };
}

/** A person knows an object by its name, and not by its path. */
async function named<Value>(object: ObjectName, answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof ApiRefused)) throw cause;
    throw new Problem("LAB-REG-006", nameOf(object), `was refused by the cluster's API: ${cause.reason}`, { cause });
  }
}
