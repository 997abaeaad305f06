import type { KubeNode } from "@k3s-lab/kube";

/** What made a cluster, as far as it decides how an image comes onto its nodes. */
export interface Distribution {
  readonly kind: "kind" | "k3d" | "minikube" | "microk8s" | "k3s" | "rke2" | "unknown";
  /** What its own programs call the cluster; only kind's, k3d's and minikube's do. */
  readonly cluster?: string;
}

export function distributionOf(nodes: readonly KubeNode[]): Distribution {
  for (const { metadata, spec, status } of nodes) {
    const [, kind] = /^kind:\/\/[^/]*\/([^/]+)\//.exec(spec?.providerID ?? "") ?? [];
    if (kind !== undefined) return { kind: "kind", cluster: kind };
    const { labels = {}, name } = metadata;
    const profile = labels["minikube.k8s.io/name"];
    if (profile !== undefined) return { kind: "minikube", cluster: profile };
    const version = status?.nodeInfo?.kubeletVersion ?? "";
    const [, k3d] = /^k3d-(.+)-(?:server|agent)-\d+$/.exec(name) ?? [];
    if (k3d !== undefined && version.includes("+k3s")) return { kind: "k3d", cluster: k3d };
    if (labels["microk8s.io/cluster"] !== undefined) return { kind: "microk8s" };
    // A build of k3s-from-modules has +modules.
    if (version.includes("+k3s") || version.includes("+modules")) return { kind: "k3s" };
    if (version.includes("+rke2")) return { kind: "rke2" };
  }
  return { kind: "unknown" };
}

export interface Loader {
  readonly program: string;
  readonly args: readonly string[];
}

/** How the cluster's own program brings an image's archive onto every node; undefined where it has none. */
export function loaderOf({ kind, cluster = "" }: Distribution, archive: string): Loader | undefined {
  switch (kind) {
    case "kind":
      return { program: "kind", args: ["load", "image-archive", archive, "--name", cluster] };
    case "k3d":
      return { program: "k3d", args: ["image", "import", archive, "--cluster", cluster] };
    case "minikube":
      return { program: "minikube", args: ["image", "load", archive, "--profile", cluster] };
    default:
      return undefined;
  }
}

/** What the user runs on each node, where no program here can. */
export function importCommand({ kind }: Distribution, archive: string): string {
  switch (kind) {
    case "k3s":
      return `k3s ctr images import ${archive}`;
    case "rke2":
      return `/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io images import ${archive}`;
    case "microk8s":
      return `microk8s ctr images import ${archive}`;
    default:
      return `ctr --namespace k8s.io images import ${archive}`;
  }
}
