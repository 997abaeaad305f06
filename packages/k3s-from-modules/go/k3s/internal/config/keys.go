package config

// role says which commands know a key.
type role uint8

const (
	onServer role = 1 << iota
	onAgent
	onBoth = onServer | onAgent
)

type kind uint8

const (
	text   kind = iota
	flag        // true or false
	list        // repeatable, each value as it is
	commas      // repeatable, values also split at commas
)

// key is a flag of the command line and, under the same name, a key of config.yaml.
type key struct {
	name    string
	short   string
	kind    kind
	role    role
	env     string
	initial string
}

var keys = []key{
	{name: "config", short: "c", role: onBoth, env: "K3S_CONFIG_FILE"},
	{name: "debug", kind: flag, role: onBoth, env: "K3S_DEBUG"},
	{name: "v", role: onBoth},
	{name: "log", short: "l", role: onBoth},
	{name: "data-dir", short: "d", role: onBoth, env: "K3S_DATA_DIR"},
	{name: "token", short: "t", role: onBoth, env: "K3S_TOKEN"},
	{name: "token-file", role: onBoth, env: "K3S_TOKEN_FILE"},
	{name: "node-name", role: onBoth, env: "K3S_NODE_NAME"},
	{name: "node-ip", short: "i", kind: commas, role: onBoth},
	{name: "node-external-ip", kind: commas, role: onBoth},
	{name: "node-label", kind: list, role: onBoth},
	{name: "node-taint", kind: list, role: onBoth},
	{name: "flannel-iface", role: onBoth},
	{name: "resolv-conf", role: onBoth, env: "K3S_RESOLV_CONF"},
	{name: "private-registry", role: onBoth},
	{name: "pause-image", role: onBoth},
	{name: "disable-default-registry-endpoint", kind: flag, role: onBoth},
	{name: "snapshotter", role: onBoth, initial: "overlayfs"},
	{name: "protect-kernel-defaults", kind: flag, role: onBoth},
	{name: "kubelet-arg", kind: list, role: onBoth},
	{name: "kube-proxy-arg", kind: list, role: onBoth},

	{name: "server", short: "s", role: onBoth, env: "K3S_URL"},
	{name: "lb-server-port", role: onBoth, env: "K3S_LB_SERVER_PORT", initial: "6444"},

	{name: "agent-token", role: onServer, env: "K3S_AGENT_TOKEN"},
	{name: "agent-token-file", role: onServer, env: "K3S_AGENT_TOKEN_FILE"},
	{name: "bind-address", role: onServer},
	{name: "advertise-address", role: onServer},
	{name: "https-listen-port", role: onServer, initial: "6443"},
	{name: "tls-san", kind: commas, role: onServer},
	{name: "cluster-cidr", kind: commas, role: onServer, initial: "10.42.0.0/16"},
	{name: "service-cidr", kind: commas, role: onServer, initial: "10.43.0.0/16"},
	{name: "service-node-port-range", role: onServer, initial: "30000-32767"},
	{name: "cluster-dns", kind: commas, role: onServer},
	{name: "cluster-domain", role: onServer, initial: "cluster.local"},
	{name: "flannel-backend", role: onServer, initial: "vxlan"},
	{name: "egress-selector-mode", role: onServer, initial: "disabled"},
	{name: "write-kubeconfig", short: "o", role: onServer, env: "K3S_KUBECONFIG_OUTPUT"},
	{name: "write-kubeconfig-mode", role: onServer, env: "K3S_KUBECONFIG_MODE", initial: "0600"},
	{name: "default-local-storage-path", role: onServer},
	{name: "disable", kind: commas, role: onServer},
	{name: "disable-network-policy", kind: flag, role: onServer},
	{name: "disable-helm-controller", kind: flag, role: onServer},
	{name: "disable-cloud-controller", kind: flag, role: onServer},
	{name: "cluster-init", kind: flag, role: onServer, env: "K3S_CLUSTER_INIT"},
	{name: "cluster-reset", kind: flag, role: onServer, env: "K3S_CLUSTER_RESET"},
	{name: "cluster-reset-restore-path", role: onServer},
	{name: "etcd-disable-snapshots", kind: flag, role: onServer},
	{name: "etcd-snapshot-name", role: onServer, initial: "etcd-snapshot"},
	{name: "etcd-snapshot-schedule-cron", role: onServer, initial: "0 */12 * * *"},
	{name: "etcd-snapshot-retention", role: onServer, initial: "5"},
	{name: "etcd-snapshot-dir", role: onServer},
	{name: "etcd-snapshot-compress", kind: flag, role: onServer},
	{name: "etcd-arg", kind: list, role: onServer},
	{name: "etcd-expose-metrics", kind: flag, role: onServer},
	{name: "kube-apiserver-arg", kind: list, role: onServer},
	{name: "kube-controller-manager-arg", kind: list, role: onServer},
	{name: "kube-scheduler-arg", kind: list, role: onServer},
}

// absent holds keys of K3s that this binary knows and does not have, and why.
var absent = map[string]string{
	"advertise-port":                         "the API is announced at https-listen-port",
	"airgap-extra-registry":                  "not part of this binary",
	"alsologtostderr":                        "logs go to stderr, or to the file that log names",
	"container-runtime-endpoint":             "only the containerd that this binary carries is used",
	"datastore-cafile":                       "the datastore is SQLite or etcd in the data directory",
	"datastore-certfile":                     "the datastore is SQLite or etcd in the data directory",
	"datastore-endpoint":                     "the datastore is SQLite or etcd in the data directory",
	"datastore-keyfile":                      "the datastore is SQLite or etcd in the data directory",
	"default-runtime":                        "only runc is part of this binary",
	"disable-agent":                          "a server is always a node too",
	"disable-apiserver":                      "each server has all control-plane parts",
	"disable-apiserver-lb":                   "a node's parts reach the server through it",
	"disable-controller-manager":             "each server has all control-plane parts",
	"disable-etcd":                           "each server has all control-plane parts",
	"disable-kube-proxy":                     "LoadBalancer Services need kube-proxy in this binary",
	"disable-scheduler":                      "each server has all control-plane parts",
	"docker":                                 "only the containerd that this binary carries is used",
	"embedded-registry":                      "Spegel is not part of this binary",
	"enable-pprof":                           "not part of this binary",
	"etcd-s3":                                "snapshots are files on the server; copy them where they are to be kept",
	"flannel-cni-conf":                       "the CNI configuration is made by this binary",
	"flannel-conf":                           "flannel's configuration is made by this binary",
	"flannel-external-ip":                    "not part of this binary",
	"flannel-ipv6-masq":                      "IPv6 is not part of this binary",
	"helm-job-image":                         "the Helm controller is not part of this binary",
	"image-credential-provider-config":       "not part of this binary",
	"image-credential-provider-bin-dir":      "not part of this binary",
	"image-service-endpoint":                 "only the containerd that this binary carries is used",
	"kine-tls":                               "the datastore is reached by a local socket",
	"kube-cloud-controller-manager-arg":      "the cloud controller manager is not part of this binary",
	"multi-cluster-cidr":                     "not part of this binary",
	"node-internal-dns":                      "not part of this binary",
	"node-external-dns":                      "not part of this binary",
	"node-name-from-cloud-provider-metadata": "there is no cloud provider",
	"nonroot-devices":                        "not part of this binary",
	"prefer-bundled-bin":                     "iptables is always the guest's own",
	"rootless":                               "not part of this binary",
	"secrets-encryption":                     "not part of this binary",
	"secrets-encryption-provider":            "not part of this binary",
	"selinux":                                "not part of this binary",
	"servicelb-namespace":                    "LoadBalancer Services need no pods in this binary",
	"supervisor-metrics":                     "not part of this binary",
	"supervisor-port":                        "the join endpoint is on https-listen-port",
	"system-default-registry":                "the bundled images keep their own names",
	"vpn-auth":                               "not part of this binary",
	"vpn-auth-file":                          "not part of this binary",
	"with-node-id":                           "not part of this binary",
}

func lookup(name string, r role) (key, bool) {
	for _, k := range keys {
		if (k.name == name || k.short != "" && k.short == name) && k.role&r != 0 {
			return k, true
		}
	}
	return key{}, false
}
