import type { KubeNode } from "@k3s-lab/kube";

/** What made a cluster, as far as it decides how an image comes onto its nodes. */
export interface Distribution {
  readonly kind: "kind" | "k3d" | "minikube" | "microk8s" | "k3s" | "rke2" | "unknown";
  /** What its own programs call the cluster; only kind's, k3d's and minikube's do. */
  readonly cluster?: string;
}

type ByKind<Value> = Readonly<Partial<Record<Distribution["kind"], Value>>>;

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

/** Returns how the cluster's own program brings an image's archive onto every node; undefined where it has none. */
export function loaderOf({ kind, cluster = "" }: Distribution, archive: string): Loader | undefined {
  const loader = loaders[kind];
  return loader && { program: kind, args: [...loader.load, archive, loader.flag, cluster] };
}

const loaders: ByKind<{ readonly load: readonly string[]; readonly flag: string }> = {
  kind: { load: ["load", "image-archive"], flag: "--name" },
  k3d: { load: ["image", "import"], flag: "--cluster" },
  minikube: { load: ["image", "load"], flag: "--profile" },
};

/** Returns what the user runs on each node, where no program here can. */
export function importCommand({ kind }: Distribution, archive: string): string {
  return `${containerdClients[kind] ?? "ctr --namespace k8s.io"} images import ${archive}`;
}

const containerdClients: ByKind<string> = {
  k3s: "k3s ctr",
  rke2: "/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io",
  microk8s: "microk8s ctr",
};
