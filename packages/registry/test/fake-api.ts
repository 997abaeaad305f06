import { type KubeObject, nameOf, pathOf, type Pod } from "@k3s-lab/kube";
import type { ClusterApi } from "../src/cluster-objects.js";

/** A cluster in memory: applied objects get what an API server and its controllers add. */
export class FakeApi implements ClusterApi {
  /** By path. */
  readonly objects = new Map<string, KubeObject>();
  readonly calls: string[] = [];
  pods: readonly Pod[] = [];
  /** Status of what is applied from now on. */
  status: object = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

  async isReady() {
    return true;
  }

  async find<Value>(path: string) {
    this.calls.push(`find ${path}`);
    return this.objects.get(path) as Value | undefined;
  }

  async apply<Value extends object>(path: string, object: Value, { manager }: { readonly manager: string }) {
    this.calls.push(`apply ${path} as ${manager}`);
    this.put(object as unknown as KubeObject);
    return object;
  }

  async patch<Value>(path: string) {
    this.calls.push(`patch ${path}`);
    return this.objects.get(path) as Value;
  }

  async delete(path: string) {
    this.calls.push(`delete ${path}`);
    this.objects.delete(path);
  }

  async list<Item>(path: string) {
    this.calls.push(`list ${path}`);
    return this.pods as unknown as readonly Item[];
  }

  /** As apply does, without being asked to. */
  put(object: KubeObject): void {
    const metadata = { ...object.metadata, generation: 1, uid: "1" };
    this.objects.set(pathOf(object), { ...object, metadata, status: this.status });
  }

  /** What it has: "Deployment kube-system/kube-registry". */
  get names(): readonly string[] {
    return [...this.objects.values()].map(nameOf);
  }
}

/** What is thrown where there is no cluster. */
export const noCluster = (): never => {
  throw new Error("there is no cluster");
};
