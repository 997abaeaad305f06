import type { ExplanationsOf } from "./explanation.js";

export const guard: ExplanationsOf<"GRD"> = {
  "LAB-GRD-001": {
    cause:
      "The pod of the guard cannot start on a node and never will: its image is not there, or the cluster refuses such pods.",
    remedy:
      "For the image: bring it onto the node by `--image`, `--save` and `--loaded`; docs/guard.md tells how for each distribution. Otherwise read the reason in the message.",
    example:
      "worker-2: cannot be guarded: ErrImageNeverPull. Bring the image to it: `npm run guard -- --help` tells how, docs/guard.md for each distribution. [LAB-GRD-001]",
  },
  "LAB-GRD-002": {
    cause: "A node is not Ready, so that no pod starts on it.",
    remedy:
      "It is guarded by itself once it is Ready; then run the command again to check. `kubectl describe node` tells why it is not.",
    example:
      "worker-2: cannot be guarded: the node is not Ready. It goes on by itself once the node is Ready; then run the command again to check. [LAB-GRD-002]",
  },
  "LAB-GRD-003": {
    cause:
      "The pod of the guard was not up, or had not cleaned the node, when the time was over. The message ends with the last reason and the cluster's warnings.",
    remedy: "Fix what the warnings name, then run the command again: it continues where it stopped.",
    example:
      "worker-2: cannot be guarded within 120 s: its pod is Pending; the cluster warns: 0/3 nodes are available: 1 Insufficient memory. [LAB-GRD-003]",
  },
  "LAB-GRD-004": {
    cause: "The pod of the guard runs, and could not set or see its rules on the node.",
    remedy:
      "Read the faults in the message: another program may replace the node's nftables, or its kernel lacks nf_tables.",
    example: "worker-2: cannot be guarded: the table is missing. [LAB-GRD-004]",
  },
  "LAB-GRD-005": {
    cause:
      "The credentials of the kubeconfig's context have expired or are missing, or the program that fetches them failed.",
    remedy: "Sign in again as the message says, and try `kubectl get nodes` with the same context.",
    example:
      "/home/user/.kube/config: its context work cannot sign in: its exec plugin gke-gcloud-auth-plugin is not installed or not on PATH. [LAB-GRD-005]",
  },
  "LAB-GRD-006": {
    cause: "kind, k3d and minikube load an image for one architecture, and the cluster's nodes have several.",
    remedy: "Let the nodes pull it from a registry that they reach: `--image REGISTRY/cluster-guard`.",
    example:
      "nodes: have several architectures (amd64, arm64), and no loader serves more than one. Let them pull the image from a registry: --image REGISTRY/cluster-guard. [LAB-GRD-006]",
  },
  "LAB-GRD-007": {
    cause: "All nodes of the cluster run Windows, or it has no node at all.",
    remedy: "Check that `--kubeconfig` and `--context` name the cluster that you mean.",
    example: "https://10.0.0.5:6443: has no Linux node, so that there is nothing to guard. [LAB-GRD-007]",
  },
  "LAB-GRD-008": {
    cause:
      "The value of `--image` is not REGISTRY/NAME with or without a tag; a digest cannot be given, since the image is yet to be pushed.",
    remedy: "Write it as `registry.corp:5000/cluster-guard`.",
    example: "--image: expected REGISTRY/NAME or REGISTRY/NAME:TAG, seen: https://registry.corp/guard. [LAB-GRD-008]",
  },
  "LAB-GRD-009": {
    cause:
      "The nodes need the guard's image, and there is neither a registry (`--image`) nor a program here that loads images into this cluster.",
    remedy:
      "Push it to a registry with `--image`; or write it into a file with `--save guard.tar`, import it on each node, and run the command with `--loaded`.",
    example:
      "guard's image: kind made this cluster, and is not on PATH to bring an image onto its nodes. Put kind on PATH, or\nlet the nodes pull it: npm run guard -- --kubeconfig FILE --image REGISTRY/cluster-guard [LAB-GRD-009]",
  },
  "LAB-GRD-010": {
    cause:
      "The file is not a kubeconfig, has no such context, or names a server, a certificate or a key that cannot be used.",
    remedy:
      "Correct it; `kubectl config view --kubeconfig FILE` shows what is in it. Choose a context with `--context`.",
    example: "/home/user/.kube/config: has no context wrk; it has work, home. Choose one by --context. [LAB-GRD-010]",
  },
  "LAB-GRD-011": {
    cause:
      "The API answers, and refuses: the credentials are not accepted (401), the user may not do that (403), or an admission webhook objects.",
    remedy: "Sign in again, or use a context whose user may do it. For a webhook, ask who runs the cluster.",
    example:
      "https://10.0.0.5:6443: cannot list nodes: HTTP 403: forbidden. Use a context whose user may do that; work in /home/user/.kube/config may not. [LAB-GRD-011]",
  },
  "LAB-GRD-012": {
    cause:
      "The API could not run a command in a pod of the guard, most often because a proxy before it does not pass WebSockets on.",
    remedy: "Try `kubectl exec` in the same pod; reach the API without that proxy (NO_PROXY).",
    example:
      "https://10.0.0.5:6443: cannot run a command in pod kube-system/cluster-guard-x7k2p: no answer within 20 s. [LAB-GRD-012]",
  },
  "LAB-GRD-013": {
    cause: "The cluster has a DaemonSet of the guard's name without the annotations by which k3s-lab knows its own.",
    remedy: "Look at what it is, and delete it yourself if it may go.",
    example:
      "DaemonSet kube-system/cluster-guard: is not managed by k3s-lab, so it is not removed. Look at what it is, and delete it yourself. [LAB-GRD-013]",
  },
  "LAB-GRD-014": {
    cause: "The DaemonSet is deleted, and its pods are not gone yet, as on a node that does not answer.",
    remedy: "Look at those nodes; the pods go once the nodes answer or are deleted.",
    example:
      "DaemonSet kube-system/cluster-guard: is deleted, but after 60 s its pods still exist: cluster-guard-x7k2p. [LAB-GRD-014]",
  },
  "LAB-GRD-015": {
    cause:
      "The user of the context lacks permissions that the guard needs. They are asked for before anything is touched.",
    remedy: "Use a context whose user has them, such as the cluster's administrator.",
    example:
      "/home/user/.kube/config: the user of its context work may not create daemonsets.apps in kube-system. Use a context whose user may, such as the cluster's administrator. [LAB-GRD-015]",
  },
  "LAB-GRD-016": {
    cause: "Neither the cluster's ServiceCIDR objects nor what its API complains of tell which network Services have.",
    remedy: "Give it by `--service-cidr`: it is what kube-apiserver has as `--service-cluster-ip-range`.",
    example:
      "https://10.0.0.5:6443: does not tell its service CIDR. Give it by --service-cidr: it is what kube-apiserver has as --service-cluster-ip-range. [LAB-GRD-016]",
  },
  "LAB-GRD-017": {
    cause: "The value of `--service-cidr` is not one network or several with commas between them.",
    remedy: "Write it as `10.43.0.0/16`, or `10.43.0.0/16,fd43::/112`.",
    example: "--service-cidr: expected CIDRs such as 10.43.0.0/16, seen: 10.43.0.0. [LAB-GRD-017]",
  },
  "LAB-GRD-018": {
    cause: "What the cluster tells of its service network is not a network.",
    remedy: "Give the network by `--service-cidr`.",
    example: "service CIDR: expected a network such as 10.43.0.0/16, seen: 10.43.0.0. [LAB-GRD-018]",
  },
  "LAB-GRD-019": {
    cause:
      "A node has an address in what was given as the service network. With a guard for it, the node could no longer be reached.",
    remedy: "Give the cluster's own service network by `--service-cidr`.",
    example:
      "worker-2: its own address 10.0.0.12 is in the service CIDR 10.0.0.0/8: once guarded, it could no longer be reached. Give the cluster's service CIDR by --service-cidr. [LAB-GRD-019]",
  },
  "LAB-GRD-020": {
    cause: "`nft --json` printed something other than JSON, as a build of nftables without JSON does.",
    remedy:
      "Install nftables with JSON support, as distributions build it; `nft --json list ruleset` shows what it prints.",
    example: "nft: its JSON could not be read. [LAB-GRD-020]",
  },
  "LAB-GRD-021": {
    cause: "`nft --json` printed JSON of a form other than that of nftables.",
    remedy: "Check which program is called nft: `command -v nft; nft --version`.",
    example: "nft: its JSON has no nftables. [LAB-GRD-021]",
  },
};
