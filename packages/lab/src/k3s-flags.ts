// https://docs.k3s.io/cli/server, https://docs.k3s.io/cli/agent

/** A value of a flag, as K3s' config.yaml takes it. */
type FlagValue = string | number | boolean | readonly (string | number)[];

/** Flags of K3s by their long names, without dashes. */
export type K3sFlags = Readonly<Record<string, FlagValue>>;

/** What of lab.yaml sets a flag in its place. */
const keys: Readonly<Record<string, string>> = {
  "node-name": "nodes.name",
  "with-node-id": "nodes.name",
  "node-ip": "nodes.address",
  "advertise-address": "nodes.address",
  "node-label": "nodes.labels, which can also be changed later",
  "node-taint": "nodes.taints, which can also be changed later",
  "resolv-conf": "network.nameservers and network.search",
  "cluster-cidr": "cluster.podCidr",
  "service-cidr": "cluster.serviceCidr",
  "cluster-dns": "cluster.serviceCidr, whose tenth address it is",
  disable: "cluster.disable",
  "disable-helm-controller": "cluster.disable with helm-controller",
  "disable-network-policy": "cluster.disable with network-policy",
  "private-registry": "registry.mirrors and registry.configs",
  "system-default-registry": "registry.mirrors",
};

/** Why the lab keeps a flag to itself where no key of lab.yaml sets it. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  "is the lab's own: it makes the tokens, and tells nodes where to join": [
    "token",
    "token-file",
    "agent-token",
    "agent-token-file",
    "server",
    "cluster-secret",
  ],
  "is the lab's own: it reads what K3s writes at the usual place": [
    "config",
    "data-dir",
    "write-kubeconfig",
    "write-kubeconfig-mode",
    "write-kubeconfig-group",
    "log",
  ],
  "is the lab's own: its agents, its kubeconfig and its guards go by port 6443 of every address": [
    "https-listen-port",
    "supervisor-port",
    "advertise-port",
    "bind-address",
  ],
  "is the lab's own: it is the machine's link to the LAN": ["flannel-iface"],
  "is the lab's own: it asks CoreDNS for names in cluster.local": ["cluster-domain"],
  "is the lab's own: it makes a cluster, and restores one": [
    "cluster-init",
    "cluster-reset",
    "cluster-reset-restore-path",
    "datastore-endpoint",
    "datastore-cafile",
    "datastore-certfile",
    "datastore-keyfile",
  ],
  "would take away what the lab needs on every node: its guard, its registry and its checks": [
    "disable-agent",
    "disable-apiserver",
    "disable-scheduler",
    "disable-controller-manager",
    "disable-etcd",
    "disable-kube-proxy",
    "disable-cloud-controller",
    "disable-servicelb",
    "no-flannel",
    "rootless",
  ],
  "would take away the containerd that the lab loads images into": ["docker", "container-runtime-endpoint"],
  "holds a secret, which lab.yaml is no place for; expected vpn-auth-file": ["vpn-auth"],
};

/** Tells why lab.yaml may not set a flag of K3s, and what does so in its place; undefined where it may. */
export function ownerOfFlag(flag: string): string | undefined {
  const key = Object.hasOwn(keys, flag) ? keys[flag] : undefined;
  if (key !== undefined) return `is set by the lab, expected ${key}`;
  return Object.entries(reasons).find(([, flags]) => flags.includes(flag))?.[0];
}

/** The flags of `k3s server` that `k3s agent` does not have, besides those that begin with etcd-. */
const ofServers: ReadonlySet<string> = new Set([
  "tls-san",
  "tls-san-security",
  "service-node-port-range",
  "flannel-backend",
  "flannel-ipv6-masq",
  "flannel-external-ip",
  "egress-selector-mode",
  "servicelb-namespace",
  "helm-job-image",
  "kine-tls",
  "kube-apiserver-arg",
  "kube-controller-manager-arg",
  "kube-scheduler-arg",
  "kube-cloud-controller-manager-arg",
  "default-local-storage-path",
  "embedded-registry",
  "supervisor-metrics",
  "enable-pprof",
  "secrets-encryption",
  "secrets-encryption-provider",
  "multi-cluster-cidr",
]);

/** Whether only servers have a flag. */
export function isOfServers(flag: string): boolean {
  return ofServers.has(flag) || flag.startsWith("etcd-");
}

/** The flags of a server that agents ask it for when they start, so that all of them have to start again with it. */
const toldToAgents: ReadonlySet<string> = new Set([
  "flannel-backend",
  "flannel-ipv6-masq",
  "flannel-external-ip",
  "egress-selector-mode",
  "embedded-registry",
  "multi-cluster-cidr",
]);

export function isToldToAgents(flag: string): boolean {
  return toldToAgents.has(flag);
}

/** Returns the flags of a node: its own, in the place of those of all nodes. Agents get none that only servers have. */
export function flagsOf(
  { role, k3s: own = {} }: { readonly role: "server" | "agent"; readonly k3s?: K3sFlags | undefined },
  ofAll: K3sFlags,
): K3sFlags {
  const shared = Object.entries(ofAll).filter(([flag]) => role === "server" || !isOfServers(flag));
  return { ...Object.fromEntries(shared), ...own };
}
