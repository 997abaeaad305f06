import type { KubeApi } from "./kube-api.js";
import { covers, type KubeObject, nameOf } from "./kube-object.js";

/** Some objects as the cluster has them: read together, once, and again only after something has changed. */
export class ClusterObjects {
  readonly #api: KubeApi;
  readonly #wanted: readonly KubeObject[];
  #seen: Promise<ReadonlyMap<string, KubeObject>> | undefined;

  constructor(api: KubeApi, wanted: readonly KubeObject[]) {
    this.#api = api;
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

  /** What the API answers is what is seen from then on. */
  async apply(objects: readonly KubeObject[], signal: AbortSignal): Promise<void> {
    const before = await this.seen(signal);
    const applied = await Promise.all(objects.map((object) => this.#api.apply(object, signal)));
    this.#seen = Promise.resolve(new Map([...before, ...byName(applied)]));
  }

  forget(): void {
    this.#seen = undefined;
  }

  async #get(signal: AbortSignal): Promise<ReadonlyMap<string, KubeObject>> {
    const found = await Promise.all(this.#wanted.map((object) => this.#api.get(object, signal)));
    return byName(found.filter((object) => object !== undefined));
  }
}

function byName(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [nameOf(object), object]));
}
