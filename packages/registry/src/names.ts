/** The names that this package gives to things in the cluster and on a node. */
export const names = {
  namespace: "kube-system",
  /** The Deployment and the Service, as in the seed. */
  registry: "kube-registry",
  /** The pod that collects the registry's garbage. */
  collector: "kube-registry-gc",
  /** The registry's program in its image. */
  program: "/bin/registry",
  /** Where the registry listens in its pod. */
  containerPort: 5000,
  /**
   * Where the images are on the server's disk: outside K3s' own data directory, so that neither its clean-up nor its
   * uninstall script removes them, and beside it, so that one disk holds all that a node stores.
   */
  store: "/var/lib/rancher/k3s-lab-registry",
  /** The Deployment, the Service and the Secret of the caches of other registries. */
  cache: "kube-registry-cache",
  /** The Secret with what makes the registry secure. */
  secret: "kube-registry",
  checkRepository: "k3s-lab/check",
} as const;

/** The annotation of the registry's pod that tells by which keys it is secured. */
export const keysAnnotation = "k3s-lab.local/keys";

/** The names of the registry's Service in the cluster. */
export const serviceNames = ["", ".svc", ".svc.cluster.local"].map(
  (end) => `${names.registry}.${names.namespace}${end}`,
);

/** The same program whatever K3s came from; links named crictl and ctr may be missing. */
export const k3sOnNode = "/usr/local/bin/k3s";

/** Where K3s' containerd keeps what it has pulled: the name of each blob is its sum. */
export const blobsOnNode = "/var/lib/rancher/k3s/agent/containerd/io.containerd.content.v1.content/blobs";
