import type { KubeObject } from "@k3s-lab/kube";
import { sharedStore } from "@k3s-lab/machines";
import { names } from "./names.js";
import type { Registry } from "./registry.js";

/**
 * Renders the Deployment and the Service of a registry: the seed's, brought up to date. The node that it runs on keeps
 * the images; the port is the Service's. On several servers it is each one's own port, so that whoever holds their shared address
 * answers by itself. Quantities are canonical, so that what is read back compares equal.
 */
export function renderRegistry(image: string, registry: Placed): readonly [KubeObject, KubeObject] {
  return [deployment(image, registry), service(registry)];
}

type Placed = Pick<Registry, "node" | "port"> & Partial<Pick<Registry, "servers">>;

/**
 * Renders the pod that runs the registry's own garbage collection on its store, while no registry serves from it. Its last words are
 * kept where it fails.
 */
export function renderCollector(image: string, registry: Placed, args: readonly string[]): KubeObject {
  const { containers, volumes, tolerations, ...place } = pod(image, registry);
  const own = containers.map(({ name, env, securityContext, volumeMounts }) => ({
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    command: [names.program, "garbage-collect", ...args],
    env,
    securityContext,
    volumeMounts,
    terminationMessagePolicy: "FallbackToLogsOnError",
  }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: names.collector, namespace: names.namespace, labels: { app: names.collector } },
    spec: {
      restartPolicy: "Never",
      ...("affinity" in place ? { affinity: place.affinity } : { nodeSelector: place.nodeSelector }),
      tolerations,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers: own,
      volumes,
    },
  };
}

function deployment(image: string, registry: Placed): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: names.registry, namespace: names.namespace, labels: { "k8s-app": names.registry } },
    spec: {
      replicas: registry.servers?.length ?? 1,
      // Two registries of different versions must never write the same directory.
      strategy: { type: "Recreate" },
      selector: { matchLabels: { app: names.registry } },
      template: { metadata: { labels: { app: names.registry } }, spec: pod(image, registry) },
    },
  };
}

/** On any other node it would have no images. */
function placeOf({ node, servers }: Placed) {
  if (servers === undefined) return { nodeSelector: { "kubernetes.io/hostname": node } };
  const named = [{ key: "kubernetes.io/hostname", operator: "In", values: servers }];
  const required = { nodeSelectorTerms: [{ matchExpressions: named }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

/** A pod stays with a server that does not answer: nowhere else is one missing, since each has its own. */
const staying = ["not-ready", "unreachable"].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: "Exists",
  effect: "NoExecute",
}));

function pod(image: string, registry: Placed) {
  const { servers, port } = registry;
  const isOnEach = servers !== undefined;
  return {
    ...placeOf(registry),
    tolerations: [
      { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
      { key: "CriticalAddonsOnly", operator: "Exists" },
      ...(isOnEach ? staying : []),
    ],
    automountServiceAccountToken: false,
    // Variables named after Services would be read as the registry's own settings.
    enableServiceLinks: false,
    containers: [
      {
        name: "registry",
        image,
        imagePullPolicy: "IfNotPresent",
        env: [
          { name: "REGISTRY_HTTP_ADDR", value: `:${names.containerPort}` },
          { name: "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", value: "/var/lib/registry" },
          { name: "REGISTRY_STORAGE_DELETE_ENABLED", value: "true" },
          // Registry 3 sends traces to a collector on its own address unless told otherwise.
          { name: "OTEL_TRACES_EXPORTER", value: "none" },
        ],
        // No two of them find room on a node with the same port of it.
        ports: [
          {
            name: "registry",
            containerPort: names.containerPort,
            ...(isOnEach && { hostPort: port }),
            protocol: "TCP",
          },
        ],
        // The seed's numbers, but its CPU limit is a request here: a tenth of a core would make every push take ten times longer.
        resources: { requests: { cpu: "100m" }, limits: { memory: "200Mi" } },
        startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 120 },
        // No readiness probe: a kubelet that has just started waits for a random part of its period before it begins one.
        livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
        },
        volumeMounts: [{ name: "image-store", mountPath: "/var/lib/registry" }],
      },
    ],
    volumes: [
      { name: "image-store", hostPath: { path: isOnEach ? sharedStore : names.store, type: "DirectoryOrCreate" } },
    ],
  };
}

const probe = { httpGet: { path: "/v2/", port: names.containerPort }, timeoutSeconds: 5 };

function service({ port, servers }: Placed): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: names.registry,
      namespace: names.namespace,
      labels: { app: names.registry, "kubernetes.io/name": "KubeRegistry" },
    },
    spec: {
      type: servers === undefined ? "LoadBalancer" : "ClusterIP",
      selector: { app: names.registry },
      ports: [{ name: "registry", port, targetPort: names.containerPort, protocol: "TCP" }],
    },
  };
}
