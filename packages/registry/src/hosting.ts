import type { KubeObject } from "./kube-object.js";
import { names } from "./names.js";
import type { Registry } from "./registry.js";

/**
 * How tools find a lab's registry by themselves: KEP-1755,
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry
 * The host knows the server by name only where its hosts file says so.
 */
export function renderHosting(registry: Registry, hostKnowsName: boolean): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-registry-hosting", namespace: "kube-public" },
    data: {
      "localRegistryHosting.v1": lines({
        host: hostKnowsName ? registry.name : registry.host,
        hostFromContainerRuntime: registry.name,
        hostFromClusterNetwork: `${names.registry}.${names.namespace}.svc.cluster.local:${registry.port}`,
      }),
    },
  };
}

/** A YAML mapping of plain strings; JSON's quotes are YAML's too. */
function lines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("");
}
