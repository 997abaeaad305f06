import type { KubeObject } from "@k3s-lab/kube";
import { stringify } from "yaml";
import { names } from "./names.js";
import type { Registry } from "./registry.js";

/** Where a tool's user reads how to sign in, and what to trust. */
const secureHelp = "https://www.npmjs.com/package/@k3s-lab/registry";

/**
 * Renders the ConfigMap by which tools find a lab's registry: KEP-1755,
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry
 * The host can resolve the name of the server only where its hosts file has it.
 */
export function renderHosting(registry: Registry, hostKnowsName: boolean): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-registry-hosting", namespace: "kube-public" },
    data: {
      "localRegistryHosting.v1": stringify(
        {
          host: hostKnowsName ? registry.name : registry.host,
          hostFromContainerRuntime: registry.name,
          hostFromClusterNetwork: `${names.registry}.${names.namespace}.svc.cluster.local:${registry.port}`,
          ...((registry.auth || registry.tls) && { help: secureHelp }),
        },
        { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" },
      ),
    },
  };
}
