import { createHash } from "node:crypto";
import type { KubeObject } from "@k3s-lab/kube";
import { contributedFolder } from "@k3s-lab/cluster";
import type { Cidr } from "@k3s-lab/ip";
import { type LabConfig, upstreamOf } from "@k3s-lab/lab";
import { cachedImages } from "@k3s-lab/machines";
import { keysAnnotation, names } from "./names.js";
import { type Placed, placeOf, tolerationsOf } from "./place.js";
import type { ReadRegistries } from "./read-registries.js";
import type { RegistryConfig } from "./registries-yaml.js";

/** A cache of one registry. */
export interface Cache {
  /** "docker.io" */
  readonly registry: string;
  /** Where nodes ask it: "http://10.43.0.11:5001". */
  readonly endpoint: string;
  readonly port: number;
  /** Where it asks: "https://registry-1.docker.io". */
  readonly upstream: string;
  readonly login?: { readonly username: string; readonly password: string } | undefined;
}

type Mirror = LabConfig["registry"]["mirrors"][string];

const firstPort = 5001;

/** Returns the address of the caches' Service: K3s has the first for the API, and the tenth for CoreDNS. */
export function cacheAddress(serviceCidr: Cidr): string {
  return serviceCidr.at(11);
}

/** Returns the caches that lab.yaml asks for. A cache that is added at the end changes none of the others. */
export function cachesOf(
  { cache, mirrors, configs }: LabConfig["registry"],
  serviceCidr: Cidr,
  read: ReadRegistries["configs"],
): readonly Cache[] {
  return cache.map((registry, index) => {
    const { url, name } = upstreamOf(registry, { mirrors, configs });
    const port = firstPort + index;
    const login = loginOf(name === undefined ? undefined : read.get(name));
    return { registry, port, endpoint: `http://${cacheAddress(serviceCidr)}:${port}`, upstream: url, login };
  });
}

function loginOf({ auth }: RegistryConfig = {}): Cache["login"] {
  if (auth?.username !== undefined) return { username: auth.username, password: auth.password ?? "" };
  if (auth?.auth === undefined) return undefined;
  const [username = "", ...password] = Buffer.from(auth.auth, "base64").toString("utf8").split(":");
  return { username, password: password.join(":") };
}

/** Returns the mirrors with the caches before them: where a cache does not answer, nodes go on to the registry itself. */
export function withCaches(
  mirrors: LabConfig["registry"]["mirrors"],
  caches: readonly Pick<Cache, "registry" | "endpoint">[],
): LabConfig["registry"]["mirrors"] {
  const cached = caches.map(({ registry, endpoint }) => {
    const own = mirrors[registry] ?? mirrors["*"] ?? {};
    const all: Mirror = { ...own, endpoint: [endpoint, ...(own.endpoint ?? [])] };
    return [registry, all] as const;
  });
  return { ...mirrors, ...Object.fromEntries(cached) };
}

/** What the caches run with. */
export interface CacheSettings {
  readonly image: string;
  /** Whether the image is that of the build from modules, which has no shell. */
  readonly isBare: boolean;
  /** The nodes that it runs on, all with one folder of the host. */
  readonly placed: Placed;
  readonly address: string;
  /** Whose folder on the host holds the images. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The certificates that lab.yaml names, which a cache reads when it starts. */
  readonly trusted: readonly string[];
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY; may hold a password. */
  readonly proxies: Readonly<Record<string, string>>;
}

const configPath = "/etc/k3s-lab-cache";
const trustPath = "/etc/k3s-lab-trust";
const helper = "credentials.sh";

/** The objects of the caches, as they are found where none is wanted any more. */
export const cacheObjects = [
  { apiVersion: "v1", kind: "Secret", metadata: { name: names.cache, namespace: names.namespace } },
  { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: names.cache, namespace: names.namespace } },
  { apiVersion: "v1", kind: "Service", metadata: { name: names.cache, namespace: names.namespace } },
] as const;

/** Renders the Secret, the Deployment and the Service of the caches. */
export function renderCaches(
  caches: readonly Cache[],
  settings: CacheSettings,
): readonly [KubeObject, KubeObject, KubeObject] {
  const [secret, deployment, service] = cacheObjects;
  const files = Object.fromEntries(caches.flatMap((cache) => filesOf(cache, settings)));
  const texts = { ...files, ...settings.proxies };
  const sum = createHash("sha256")
    .update(JSON.stringify([texts, settings.trusted]))
    .digest("hex")
    .slice(0, 16);
  const data = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString("base64")]);
  const labels = { app: names.cache };
  return [
    { ...secret, type: "Opaque", data: Object.fromEntries(data) },
    {
      ...deployment,
      metadata: { ...deployment.metadata, labels },
      spec: {
        replicas: settings.placed.servers?.length ?? 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { [keysAnnotation]: sum } },
          spec: pod(caches, settings),
        },
      },
    },
    {
      ...service,
      metadata: { ...service.metadata, labels },
      spec: {
        clusterIP: settings.address,
        selector: labels,
        ports: caches.map(({ port }) => ({ name: `port-${port}`, port, targetPort: port, protocol: "TCP" })),
      },
    },
  ];
}

/**
 * A cache that asks a program for its credentials does not ask its upstream when it starts, and so starts offline, too. Where the image
 * has no shell, no program can tell any: there they are a part of the URL, which suffices for registries with basic authentication.
 */
function filesOf(
  { registry, port, upstream, login }: Cache,
  { isBare }: CacheSettings,
): readonly (readonly [string, string])[] {
  const remote = new URL(upstream);
  if (isBare && login !== undefined) [remote.username, remote.password] = [login.username, login.password];
  const config = {
    version: 0.1,
    // As info it tells its upstream, with the password where that is a part of the URL.
    log: { level: "warn" },
    http: { addr: `:${port}` },
    // Nothing is remembered of blobs: gc removes them while it serves.
    storage: { filesystem: { rootdirectory: `/var/lib/registry/${folderOf(registry)}` } },
    proxy: {
      remoteurl: remote.href.replace(/\/$/, ""),
      // For good: it is to serve offline what it has.
      ttl: "0s",
      exec: { command: isBare ? names.program : `${configPath}/${helper}`, lifetime: "24h" },
    },
  };
  const answer = { ServerURL: upstream, Username: login?.username ?? "", Secret: login?.password ?? "" };
  return [
    [`${port}.json`, JSON.stringify(config)],
    ...(isBare
      ? []
      : ([
          [`credentials-${port}`, JSON.stringify(answer)],
          [helper, '#!/bin/sh\nexec cat "$K3S_LAB_CREDENTIALS"\n'],
        ] as const)),
  ];
}

/** Returns the folder of a registry's images, among those of all registries. */
export function folderOf(registry: string): string {
  return registry.replaceAll(/[[\]]/g, "").replaceAll(":", "_");
}

function pod(caches: readonly Cache[], { image, placed, owner, proxies }: CacheSettings): object {
  const variables = Object.keys(proxies).map((key) => ({
    name: key,
    valueFrom: { secretKeyRef: { name: names.cache, key } },
  }));
  return {
    ...oneOnEach(placed),
    tolerations: tolerationsOf(placed),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // What it writes belongs to the user whose cache it is.
    securityContext: { runAsUser: owner.uid, runAsGroup: owner.gid, fsGroup: owner.gid },
    containers: caches.map(({ registry, port }) => ({
      name: `port-${port}`,
      image,
      imagePullPolicy: "IfNotPresent",
      command: [names.program, "serve", `${configPath}/${port}.json`],
      env: [
        { name: "K3S_LAB_CACHE_OF", value: registry },
        { name: "K3S_LAB_CREDENTIALS", value: `${configPath}/credentials-${port}` },
        // What the node trusts, which the image need not know.
        { name: "SSL_CERT_FILE", value: `${trustPath}/system/ca-certificates.crt` },
        { name: "SSL_CERT_DIR", value: `${trustPath}/own` },
        { name: "OTEL_TRACES_EXPORTER", value: "none" },
        ...variables,
      ],
      ports: [{ name: `port-${port}`, containerPort: port, protocol: "TCP" }],
      resources: { requests: { cpu: "50m" }, limits: { memory: "200Mi" } },
      startupProbe: { ...probeOf(port), periodSeconds: 1, failureThreshold: 120 },
      livenessProbe: { ...probeOf(port), periodSeconds: 10, failureThreshold: 6 },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
      volumeMounts: [
        { name: "images", mountPath: "/var/lib/registry" },
        { name: "config", mountPath: configPath, readOnly: true },
        { name: "trusted", mountPath: `${trustPath}/system`, readOnly: true },
        { name: "trusted-own", mountPath: `${trustPath}/own`, readOnly: true },
      ],
    })),
    volumes: [
      { name: "images", hostPath: { path: cachedImages.inside, type: "DirectoryOrCreate" } },
      { name: "config", secret: { secretName: names.cache, defaultMode: 0o550 } },
      { name: "trusted", hostPath: { path: "/etc/ssl/certs", type: "DirectoryOrCreate" } },
      { name: "trusted-own", hostPath: { path: contributedFolder, type: "DirectoryOrCreate" } },
    ],
  };
}

/** No two of them on one node: a node that is lost takes one of them with it. */
function oneOnEach(placed: Placed): object {
  const { affinity, ...place } = { affinity: undefined, ...placeOf(placed) };
  if (affinity === undefined) return place;
  const others = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: names.cache } } };
  return { affinity: { ...affinity, podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [others] } } };
}

function probeOf(port: number) {
  return { httpGet: { path: "/", port }, timeoutSeconds: 5 };
}
