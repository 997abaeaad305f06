import {
  type Api,
  ApiRefused,
  areContainersRunning,
  type Deployment,
  fieldManager,
  isReplaced,
  isRolledOut,
  type KubeObject,
  nameOf,
  pathOf,
  type Pod,
  podsPath,
} from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { type Facts, type Step, step } from "@k3s-lab/steps";
import { keysAnnotation, names } from "./names.js";

/** The part of the cluster's API that the registry uses. */
export type ClusterApi = Pick<Api, "find" | "list" | "apply" | "patch" | "delete" | "isReady">;

/** Returns the path of the pods that are labelled with an app. */
export function podsOf(app: string): string {
  return podsPath(names.namespace, `app=${app}`);
}

export const podsOfRegistry = podsOf(names.registry);

/** The registry's objects in the cluster: what they should be, and what the cluster has. */
export class ClusterObjects {
  readonly #open: () => ClusterApi;
  readonly #wanted: readonly KubeObject[];
  readonly #app: string;

  /** `app` is what its pods are labelled with. `open` is called for each use of the API: when a plan is made there may be no cluster, and then it throws. */
  constructor(open: () => ClusterApi, wanted: readonly KubeObject[], app: string = names.registry) {
    this.#app = app;
    this.#open = open;
    this.#wanted = wanted;
  }

  /** Returns the objects as the cluster has them, by `nameOf`. Where no cluster answers, there are none. */
  seen(facts: Facts): Promise<ReadonlyMap<string, KubeObject | undefined>> {
    return facts.get(`objects of ${this.#app}`, async () => {
      try {
        const api = this.#open();
        // It tells at once that it cannot answer, which any other question would wait for.
        const isReady = await facts.get("whether the API is ready", ({ signal }) => api.isReady(signal));
        if (!isReady) return new Map();
        const find = async (object: KubeObject) =>
          [nameOf(object), await api.find<KubeObject>(pathOf(object), facts.signal)] as const;
        return new Map(await Promise.all(this.#wanted.map(find)));
      } catch {
        facts.signal.throwIfAborted();
        return new Map();
      }
    });
  }

  /** Returns those of `wanted` that the cluster lacks, or has otherwise. */
  async lacking(wanted: readonly KubeObject[], facts: Facts): Promise<readonly KubeObject[]> {
    const seen = await this.seen(facts);
    return wanted.filter((object) => !covers(seen.get(nameOf(object)), object));
  }

  /** Returns those of `unwanted` that the cluster has. */
  async present(unwanted: readonly KubeObject[], facts: Facts): Promise<readonly KubeObject[]> {
    const seen = await this.seen(facts);
    return unwanted.filter((object) => seen.get(nameOf(object)) !== undefined);
  }

  async remove(objects: readonly KubeObject[], signal: AbortSignal): Promise<void> {
    const api = this.#open();
    await Promise.all(objects.map((object) => api.delete(pathOf(object), signal)));
  }

  async lacksAll(wanted: readonly KubeObject[], facts: Facts): Promise<boolean> {
    const seen = await this.seen(facts);
    return wanted.every((object) => seen.get(nameOf(object)) === undefined);
  }

  /** Tells whether the Deployment in the cluster, if there is one, is secured by the same keys. */
  async hasKeysOf(deployment: KubeObject, facts: Facts): Promise<boolean> {
    const seen = (await this.seen(facts)).get(nameOf(deployment));
    return seen === undefined || keysIn(seen) === keysIn(deployment);
  }

  /** Tells whether the Deployment is available, in the pod of its last change. */
  async isAvailable(deployment: KubeObject, facts: Facts): Promise<boolean> {
    const seen = await this.#seenReplaced(deployment, facts);
    return seen !== undefined && isRolledOut(seen);
  }

  /** Tells whether its pod runs, by its kubelet: while K3s starts again, it goes on though it counts as not available. */
  async isRunning(deployment: KubeObject, facts: Facts): Promise<boolean> {
    const seen = await this.#seenReplaced(deployment, facts);
    if (seen === undefined || isRolledOut(seen)) return seen !== undefined;
    try {
      return (await this.#open().list<Pod>(podsOf(this.#app), facts.signal)).some(areContainersRunning);
    } catch {
      facts.signal.throwIfAborted();
      return false;
    }
  }

  /** Returns the Deployment where its one pod is of its last change. */
  async #seenReplaced(deployment: KubeObject, facts: Facts): Promise<Deployment | undefined> {
    const seen = (await this.seen(facts)).get(nameOf(deployment)) as Deployment | undefined;
    return seen !== undefined && isReplaced(seen) ? seen : undefined;
  }

  /** The condition of what a cluster has done by itself when it is asked: where none answers yet, it may start with all of it. */
  async proviso(facts: Facts): Promise<string | undefined> {
    return (await this.seen(facts)).size > 0 ? undefined : "if the cluster does not start with it";
  }

  async apply(objects: readonly KubeObject[], signal: AbortSignal): Promise<void> {
    const api = this.#open();
    await Promise.all(
      objects.map((object) =>
        api.apply(pathOf(object), object, { manager: fieldManager, signal }).catch((cause: unknown) => {
          if (!(cause instanceof ApiRefused)) throw cause;
          // A user knows an object by its name, not by its path.
          const what = `was refused by the cluster's API: ${cause.reason}`;
          throw new Problem("LAB-REG-006", nameOf(object), what, { cause });
        }),
      ),
    );
  }
}

interface Templated {
  readonly spec?: { readonly template?: { readonly metadata?: KubeObject["metadata"] } };
}

function keysIn(deployment: KubeObject): string {
  return (deployment as Templated).spec?.template?.metadata?.annotations?.[keysAnnotation] ?? "";
}

interface Applied {
  /** Throws where the objects cannot be applied. */
  expect?(): void;
  /** What is interrupted where the Deployment is changed. */
  readonly interrupts?: string;
}

interface Lacking {
  readonly lacking: readonly KubeObject[];
  /** Whether the cluster has none of them, in whatever form. */
  readonly isNew: boolean;
  readonly provided: string | undefined;
}

/** Applies what the cluster lacks of the objects, all at once, so that none waits for another. */
export function applyStep(
  { id, title, server }: Readonly<Record<"id" | "title" | "server", string>>,
  objects: ClusterObjects,
  wanted: readonly KubeObject[],
  { expect = () => {}, interrupts = "pulls and pushes" }: Applied = {},
): Step {
  return step<Lacking>({
    id,
    title,
    observe: async (facts) => ({
      lacking: await objects.lacking(wanted, facts),
      isNew: await objects.lacksAll(wanted, facts),
      provided: await objects.proviso(facts),
    }),
    plan: ({ lacking, isNew, provided }) =>
      lacking.length === 0
        ? []
        : [
            {
              on: "registry",
              kind: isNew ? "make" : "change",
              ...(!isNew && lacking.some(({ kind }) => kind === "Deployment") && { interrupts }),
              sentence: `${server}: apply ${lacking.map(nameOf).join(", ")}`,
              provided,
              run: async ({ signal }) => {
                expect();
                await objects.apply(lacking, signal);
              },
            },
          ],
  });
}

/** Removes what nothing needs any more of the objects. */
export function removeStep(
  { id, title, server }: Readonly<Record<"id" | "title" | "server", string>>,
  objects: ClusterObjects,
  unwanted: readonly KubeObject[],
): Step {
  return step<readonly KubeObject[]>({
    id,
    title,
    observe: (facts) => objects.present(unwanted, facts),
    plan: (present) =>
      present.length === 0
        ? []
        : [
            {
              on: "registry",
              kind: "remove",
              sentence: `${server}: remove ${present.map(nameOf).join(", ")}`,
              run: ({ signal }) => objects.remove(present, signal),
            },
          ],
  });
}

/**
 * Tells whether `seen` has all that is wanted; the API server's own additions (defaults, status) do not count. A list must be
 * as long as wanted: an element too many is a difference.
 */
export function covers(seen: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(seen) && seen.length === wanted.length && wanted.every((value, index) => covers(seen[index], value))
    );
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof seen !== "object" || seen === null) return false;
    const fields = seen as Readonly<Record<string, unknown>>;
    return Object.entries(wanted).every(([key, value]) => covers(fields[key], value));
  }
  return seen === wanted;
}
