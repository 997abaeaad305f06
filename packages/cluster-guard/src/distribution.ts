import type { KubeNode } from "@k3s-lab/kube";

/** What made a cluster, as far as it decides how an image comes onto its nodes. */
export interface Distribution {
  readonly kind: "kind" | "k3d" | "minikube" | "microk8s" | "k3s" | "rke2" | "k0s" | "talos" | "unknown";
  /** What its own programs call the cluster; only kind's, k3d's and minikube's do. */
  readonly cluster?: string;
}

/** Evidence that any one node may show, the surest first: nodes that were added later often show less. */
const signs: readonly ((node: KubeNode) => Distribution | undefined)[] = [
  ({ spec }) => clustered("kind", /^kind:\/\/[^/]*\/([^/]+)\//.exec(spec?.providerID ?? "")),
  ({ metadata }) => clustered("minikube", /^(.+)$/.exec(metadata.labels?.["minikube.k8s.io/name"] ?? "")),
  // A node that was added by hand may be called as an agent of another cluster would be.
  (node) => k3dBy(node, /^k3d-(.+)-server-\d+$/),
  (node) => k3dBy(node, /^k3d-(.+)-agent-\d+$/),
  ({ metadata }) => (metadata.labels?.["microk8s.io/cluster"] === undefined ? undefined : { kind: "microk8s" }),
  (node) => (infoOf(node).osImage.startsWith("Talos") ? { kind: "talos" } : undefined),
  // A build of k3s-from-modules has +modules.
  (node) => (/\+(k3s|modules)/.test(infoOf(node).version) ? { kind: "k3s" } : undefined),
  (node) => (infoOf(node).version.includes("+rke2") ? { kind: "rke2" } : undefined),
  (node) => (infoOf(node).version.includes("+k0s") ? { kind: "k0s" } : undefined),
];

export function distributionOf(nodes: readonly KubeNode[]): Distribution {
  const seen = signs.flatMap((sign) => nodes.flatMap((node) => sign(node) ?? []));
  return seen[0] ?? { kind: "unknown" };
}

function clustered(kind: Distribution["kind"], found: RegExpExecArray | null): Distribution | undefined {
  return found?.[1] === undefined ? undefined : { kind, cluster: found[1] };
}

function k3dBy(node: KubeNode, name: RegExp): Distribution | undefined {
  return infoOf(node).version.includes("+k3s") ? clustered("k3d", name.exec(node.metadata.name)) : undefined;
}

function infoOf({ status }: KubeNode) {
  const { kubeletVersion: version = "", containerRuntimeVersion: runtime = "", osImage = "" } = status?.nodeInfo ?? {};
  return { version, runtime, osImage };
}

/** A program of this host that brings an image's archive onto nodes: `program ...load ARCHIVE ...flags`. */
export interface Loader {
  readonly program: string;
  readonly load: readonly string[];
  readonly flags: readonly string[];
  /** "the nodes of kind's cluster dev" */
  readonly onto: string;
}

/** Returns the cluster's own program that brings an image onto every node; undefined where it has none. */
export function loaderOf({ kind, cluster = "" }: Distribution): Loader | undefined {
  const loader = loaders[kind];
  const onto = `the nodes of ${kind}'s cluster ${cluster}`;
  return loader && { program: kind, load: loader.load, flags: [loader.flag, cluster], onto };
}

const loaders: Readonly<
  Partial<Record<Distribution["kind"], { readonly load: readonly string[]; readonly flag: string }>>
> = {
  kind: { load: ["load", "image-archive"], flag: "--name" },
  k3d: { load: ["image", "import"], flag: "--cluster" },
  minikube: { load: ["image", "load"], flag: "--profile" },
};

/** Tells whether the images of every node are Docker's, as with Colima, Rancher Desktop's dockerd and Docker Desktop. */
export function runOnDocker(nodes: readonly KubeNode[]): boolean {
  return nodes.length > 0 && nodes.every((node) => infoOf(node).runtime.startsWith("docker:"));
}

/** Returns this host's docker, if the only node runs on it; `host`: the host of its daemon. */
export function dockerOf(nodes: readonly KubeNode[], host: string | undefined): Loader | undefined {
  const [only, ...more] = nodes;
  if (host === undefined || more.length > 0 || only?.metadata.name !== host.toLowerCase()) return undefined;
  return { program: "docker", load: ["load", "--input"], flags: [], onto: `Docker on ${host}` };
}

/** Returns what the user runs on a node to import an image's archive; undefined on one that has no shell to do it in. */
export function importCommand(node: KubeNode, archive: string): string | undefined {
  const { runtime, osImage } = infoOf(node);
  if (/^(Talos|Bottlerocket)/.test(osImage)) return undefined;
  if (runtime.startsWith("docker:")) return `docker load --input ${archive}`;
  // CRI-O and Podman share their images.
  if (runtime.startsWith("cri-o:")) return `podman load --input ${archive}`;
  // On the Mac itself: Rancher Desktop's nerdctl speaks to its machine.
  if (node.metadata.name === "lima-rancher-desktop") return `nerdctl --namespace k8s.io load --input ${archive}`;
  return `${containerdClient(node)} images import ${archive}`;
}

function containerdClient(node: KubeNode): string {
  const { version, runtime } = infoOf(node);
  if (node.metadata.labels?.["microk8s.io/cluster"] !== undefined) return "microk8s ctr";
  if (version.includes("+rke2")) {
    return "/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io";
  }
  if (version.includes("+k0s")) return "k0s ctr --namespace k8s.io";
  // K3s' own containerd has its name in its version; Colima's K3s uses another.
  const isOwn = version.includes("+modules") || (version.includes("+k3s") && /^$|k3s/.test(runtime));
  return isOwn ? "k3s ctr" : "ctr --namespace k8s.io";
}
