/** What the guard is called in a cluster; the Go program knows the name of its table on a node. */
export const names = {
  namespace: "kube-system",
  daemonSet: "k3s-lab-guard",
  labels: { "app.kubernetes.io/name": "k3s-lab-guard" },
  selector: "app.kubernetes.io/name=k3s-lab-guard",
  container: "guard",
  program: "/bin/cluster-guard",
  /** The annotation that tells what a pod was made of, so that it is not taken for one made of something else. */
  revision: "k3s-lab/revision",
  /** No registry has it: the cluster's own loader brings it, or the user. */
  repository: "k3s-lab.local/cluster-guard",
} as const;

/** The DaemonSet, as messages call it. */
export const object = `DaemonSet ${names.namespace}/${names.daemonSet}`;
