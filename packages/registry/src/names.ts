/** Every name that this package gives to something in the cluster or on a node. */
export const names = {
  namespace: "kube-system",
  /** Of the Deployment and the Service; the seed's. */
  registry: "kube-registry",
  /** Where the registry listens in its pod. */
  containerPort: 5000,
  /**
   * The images, on the server's disk: outside K3s' own data directory, so that neither its clean-up nor its uninstall
   * script takes them, and beside it, so that one disk holds all that a node stores.
   */
  store: "/var/lib/rancher/k3s-lab-registry",
  /** Owns the fields that we apply. */
  fieldManager: "k3s-lab",
  checkRepository: "k3s-lab/check",
} as const;

/** The same program whatever K3s came from; a link named crictl or ctr need not be there. */
export const k3sOnNode = "/usr/local/bin/k3s";

/** Where K3s' containerd keeps what it has pulled, each blob under its own sum. */
export const blobsOnNode = "/var/lib/rancher/k3s/agent/containerd/io.containerd.content.v1.content/blobs";
