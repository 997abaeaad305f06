import type { RunOptions, RunResult } from "@k3s-lab/exec";
import { covers, type KubeObject, nameOf, parseObjects } from "./kube-object.js";
import { names } from "./names.js";

/** Runs kubectl against the lab's cluster. */
export type Kubectl = (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;

/**
 * Some objects as the cluster has them. They are read together, once, and again only after something has changed: a
 * kubectl costs a fifth of a second.
 */
export class ClusterObjects {
  readonly #kubectl: Kubectl;
  readonly #wanted: readonly KubeObject[];
  #seen: Promise<ReadonlyMap<string, KubeObject>> | undefined;

  constructor(kubectl: Kubectl, wanted: readonly KubeObject[]) {
    this.#kubectl = kubectl;
    this.#wanted = wanted;
  }

  /** By `nameOf`. Where no cluster answers, there is nothing yet. */
  seen(signal: AbortSignal): Promise<ReadonlyMap<string, KubeObject>> {
    this.#seen ??= this.#get(signal).catch(() => new Map<string, KubeObject>());
    return this.#seen;
  }

  async lacking(objects: readonly KubeObject[], signal: AbortSignal): Promise<readonly KubeObject[]> {
    const seen = await this.seen(signal);
    return objects.filter((wanted) => !covers(seen.get(nameOf(wanted)), wanted));
  }

  /** Server-side apply; what the API server answers is what is seen from then on. */
  async apply(objects: readonly KubeObject[], signal: AbortSignal): Promise<void> {
    const before = await this.seen(signal);
    const { stdout } = await this.#kubectl(applyArgs, { input: asList(objects), signal });
    this.#seen = Promise.resolve(new Map([...before, ...byName(parseObjects(stdout))]));
  }

  forget(): void {
    this.#seen = undefined;
  }

  async #get(signal: AbortSignal): Promise<ReadonlyMap<string, KubeObject>> {
    const { stdout } = await this.#kubectl(getArgs, { input: asList(this.#wanted), signal, timeout: 20_000 });
    return byName(parseObjects(stdout));
  }
}

/** Whoever else set a field that we want: we want it so. */
const applyArgs = [
  "apply",
  "--server-side",
  "--force-conflicts",
  `--field-manager=${names.fieldManager}`,
  "--output=json",
  "--filename=-",
] as const;

const getArgs = ["get", "--ignore-not-found", "--output=json", "--filename=-"] as const;

function asList(objects: readonly KubeObject[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}

function byName(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [nameOf(object), object]));
}
