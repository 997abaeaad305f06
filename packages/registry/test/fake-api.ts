import type { KubeApi } from "../src/kube-api.js";
import { type KubeObject, nameOf } from "../src/kube-object.js";

/** A cluster in memory: applied objects get what an API server and its controllers add. */
export class FakeApi implements KubeApi {
  readonly objects = new Map<string, KubeObject>();
  readonly calls: string[] = [];
  podList: readonly KubeObject[] = [];
  /** Status of what is applied from now on. */
  status: object = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

  async get(object: KubeObject) {
    this.calls.push(`get ${nameOf(object)}`);
    return this.objects.get(nameOf(object));
  }

  async apply(object: KubeObject) {
    this.calls.push(`apply ${nameOf(object)}`);
    const metadata = { ...object.metadata, generation: 1, uid: "1" };
    const applied = { ...object, metadata, status: this.status };
    this.objects.set(nameOf(object), applied);
    return applied;
  }

  async pods() {
    return this.podList;
  }
}

/** An API that nobody answers. */
export const silentApi: KubeApi = {
  get: () => Promise.reject(new Error("connect ECONNREFUSED")),
  apply: () => Promise.reject(new Error("connect ECONNREFUSED")),
  pods: () => Promise.reject(new Error("connect ECONNREFUSED")),
};
