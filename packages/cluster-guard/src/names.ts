/** What the guard is called in a cluster; the table's name on a node is the Go program's. */
export const names = {
  namespace: "kube-system",
  daemonSet: "k3s-lab-guard",
  labels: { "app.kubernetes.io/name": "k3s-lab-guard" },
  selector: "app.kubernetes.io/name=k3s-lab-guard",
  fieldManager: "k3s-lab",
  container: "guard",
  program: "/bin/cluster-guard",
  /** Of a pod: what it was made of, so that one of an earlier kind is told from it. */
  revision: "k3s-lab/revision",
  /** Nobody can pull it: the cluster's own loader has brought it, or the person. */
  repository: "k3s-lab.local/cluster-guard",
} as const;
