import type { KubeObject } from "@k3s-lab/kube";
import { sharedStore } from "@k3s-lab/machines";
import { sumOf } from "./keys.js";
import { keysAnnotation, names } from "./names.js";
import { type Placed, placeOf, tolerationsOf } from "./place.js";
import type { Registry } from "./registry.js";

/**
 * Renders the Deployment and the Service of a registry: the seed's, brought up to date. The node that it runs on keeps
 * the images; the port is the Service's. On several servers it is each one's own port, so that whoever holds their shared address
 * answers by itself. Quantities are canonical, so that what is read back compares equal.
 */
export function renderRegistry(image: string, registry: Serving & Security): readonly [KubeObject, KubeObject] {
  return [deployment(image, registry), service(registry)];
}

type Serving = Placed & Pick<Registry, "port">;

type Security = Partial<Pick<Registry, "tls" | "auth" | "keys">>;

/** Renders the Secret with what the registry lets in by and is trusted by; undefined for one that is not secured. */
export function renderSecret({ tls, auth, keys: { login, server } }: Pick<Registry, "tls" | "auth" | "keys">) {
  if (!tls && !auth) return undefined;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const data = {
    ...(auth && { htpasswd: base64(`${login?.username}:${login?.hash}\n`) }),
    ...(tls && { "tls.crt": base64(server?.certificate ?? ""), "tls.key": base64(server?.key ?? "") }),
  };
  return { ...secretObject, type: "Opaque", data };
}

/** What the Secret is found by. */
export const secretObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: names.secret, namespace: names.namespace },
} as const;

/**
 * Renders the pod that runs the registry's own garbage collection on its store, while no registry serves from it. Its last words are
 * kept where it fails.
 */
export function renderCollector(image: string, registry: Serving, args: readonly string[]): KubeObject {
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

function deployment(image: string, registry: Serving & Security): KubeObject {
  const sum = sumOf(registry.keys ?? {});
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: names.registry, namespace: names.namespace, labels: { "k8s-app": names.registry } },
    spec: {
      replicas: registry.servers?.length ?? 1,
      // Two registries of different versions must never write the same directory.
      strategy: { type: "Recreate" },
      selector: { matchLabels: { app: names.registry } },
      template: {
        metadata: {
          labels: { app: names.registry },
          // It reads its certificate once, so that another Secret takes another pod.
          ...(isSecured(registry) && { annotations: { [keysAnnotation]: sum ?? "none yet" } }),
        },
        spec: secured(pod(image, registry), registry),
      },
    },
  };
}

function pod(image: string, registry: Serving) {
  const { servers, port } = registry;
  const isOnEach = servers !== undefined;
  return {
    ...placeOf(registry),
    tolerations: tolerationsOf(registry),
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

function isSecured({ tls, auth }: Security): boolean {
  return tls === true || auth === true;
}

const secretPath = "/etc/k3s-lab-registry";

/** Has the registry read its Secret. Whoever probes it has no password: there its root answers, to everybody. */
function secured<Spec extends ReturnType<typeof pod>>(spec: Spec, security: Security): object {
  if (!isSecured(security)) return spec;
  const { tls, auth } = security;
  const env = [
    ...(auth
      ? [
          { name: "REGISTRY_AUTH", value: "htpasswd" },
          { name: "REGISTRY_AUTH_HTPASSWD_REALM", value: names.registry },
          { name: "REGISTRY_AUTH_HTPASSWD_PATH", value: `${secretPath}/htpasswd` },
        ]
      : []),
    ...(tls
      ? [
          { name: "REGISTRY_HTTP_TLS_CERTIFICATE", value: `${secretPath}/tls.crt` },
          { name: "REGISTRY_HTTP_TLS_KEY", value: `${secretPath}/tls.key` },
        ]
      : []),
  ];
  const get = { path: "/", port: names.containerPort, scheme: tls ? "HTTPS" : "HTTP" };
  return {
    ...spec,
    containers: spec.containers.map((container) => ({
      ...container,
      env: [...container.env, ...env],
      startupProbe: { ...container.startupProbe, httpGet: get },
      livenessProbe: { ...container.livenessProbe, httpGet: get },
      volumeMounts: [...container.volumeMounts, { name: "keys", mountPath: secretPath, readOnly: true }],
    })),
    volumes: [...spec.volumes, { name: "keys", secret: { secretName: names.secret, defaultMode: 0o400 } }],
  };
}

const probe = { httpGet: { path: "/v2/", port: names.containerPort }, timeoutSeconds: 5 };

function service({ port, servers }: Serving): KubeObject {
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
