// Package config reads what `k3s server` and `k3s agent` were told: flags, config.yaml, the environment.
// A key that is not known is refused by name, because silence would hide what a real K3s refuses.
package config

import (
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/token"
)

// Node is what every node needs to know before it joins.
type Node struct {
	Data              layout.Data
	Token             string
	ServerURL         string
	LocalPort         int // where an agent's parts reach the server
	Name              string
	IP, ExternalIP    netip.Addr // not valid: not given
	Labels, Taints    []string
	FlannelInterface  string
	ResolvConf        string
	Registries        string
	PauseImage        string
	NoDefaultEndpoint bool
	ProtectKernel     bool
	Debug             bool
	Verbosity         string
	LogFile           string
	KubeletArgs       []string
	ProxyArgs         []string
}

// Server is a node that runs the control plane.
type Server struct {
	Node
	AgentToken       string
	BindAddress      netip.Addr
	AdvertiseAddress netip.Addr
	Port             int
	TLSNames         []string
	ClusterCIDR      netip.Prefix
	ServiceCIDR      netip.Prefix
	NodePortRange    string
	ClusterDNS       netip.Addr
	ClusterDomain    string
	FlannelBackend   string
	Kubeconfig       string
	KubeconfigMode   fs.FileMode
	LocalStoragePath string
	Disable          []string
	APIServerArgs    []string
	ControllerArgs   []string
	SchedulerArgs    []string
	ClusterInit      bool
	EtcdArgs         []string
	EtcdMetrics      bool
	Reset            bool   // make this server's member the only one, and end
	RestorePath      string // with what a snapshot has
	Snapshots        Snapshots
}

// Critical are the settings that all servers of a cluster have in common, by their flags.
func (s *Server) Critical() map[string]string {
	out := map[string]string{
		"cluster-cidr": s.ClusterCIDR.String(), "service-cidr": s.ServiceCIDR.String(),
		"cluster-dns": s.ClusterDNS.String(), "cluster-domain": s.ClusterDomain,
		"flannel-backend": s.FlannelBackend, "default-local-storage-path": s.LocalStoragePath,
	}
	for _, component := range []string{"coredns", "local-storage", "metrics-server", "network-policy", "servicelb"} {
		out["disable: "+component] = strconv.FormatBool(s.Disabled(component))
	}
	return out
}

// Mismatch names what of Critical is not as another server has it.
func (s *Server) Mismatch(there map[string]string) []string {
	var out []string
	for name, here := range s.Critical() {
		if has, ok := there[name]; ok && has != here {
			out = append(out, fmt.Sprintf("%s is %s, and %s there", name, here, has))
		}
	}
	slices.Sort(out)
	return out
}

// Disabled says whether the packaged component was switched off.
func (s *Server) Disabled(component string) bool { return slices.Contains(s.Disable, component) }

// PauseImage holds pods' namespaces; the bundled archive carries it under this name.
const PauseImage = "docker.io/rancher/mirrored-pause:3.6"

// ParseServer reads a server's configuration. getenv and the files are the only things it looks at.
func ParseServer(args []string, getenv func(string) string) (*Server, error) {
	r, err := gather(args, getenv, onServer)
	if err != nil {
		return nil, err
	}
	s := &Server{Node: r.node()}
	s.ClusterInit = r.truth("cluster-init")
	s.EtcdArgs, s.EtcdMetrics = r.all("etcd-arg"), r.truth("etcd-expose-metrics")
	s.Reset, s.RestorePath = r.truth("cluster-reset"), r.one("cluster-reset-restore-path")
	if s.RestorePath != "" && !s.Reset {
		r.fail("cluster-reset-restore-path: a snapshot is restored with cluster-reset only. Give both")
	}
	s.Snapshots = r.snapshots(&s.Node)
	if s.ServerURL != "" {
		if !strings.HasPrefix(s.ServerURL, "https://") {
			r.fail("server (K3S_URL) is %q: a server that joins needs another server's https:// address", s.ServerURL)
		}
		if s.Token == "" {
			r.fail("token (K3S_TOKEN or K3S_TOKEN_FILE) is needed to join a server")
		}
		s.ServerURL = strings.TrimSuffix(s.ServerURL, "/")
	}
	s.AgentToken = r.secret("agent-token")
	s.BindAddress, s.AdvertiseAddress = r.addr("bind-address"), r.addr("advertise-address")
	s.Port = r.port("https-listen-port")
	s.TLSNames = r.all("tls-san")
	s.ClusterCIDR, s.ServiceCIDR = r.cidr("cluster-cidr"), r.cidr("service-cidr")
	if s.ClusterCIDR.IsValid() && s.ServiceCIDR.IsValid() && s.ClusterCIDR.Overlaps(s.ServiceCIDR) {
		r.fail("cluster-cidr %v and service-cidr %v overlap", s.ClusterCIDR, s.ServiceCIDR)
	}
	s.NodePortRange = r.one("service-node-port-range")
	s.ClusterDomain = r.one("cluster-domain")
	s.ClusterDNS = r.addr("cluster-dns")
	if !s.ClusterDNS.IsValid() && s.ServiceCIDR.IsValid() {
		s.ClusterDNS = Nth(s.ServiceCIDR, 10)
	}
	if s.ServiceCIDR.IsValid() && !s.ServiceCIDR.Contains(s.ClusterDNS) {
		r.fail("cluster-dns %v is not in service-cidr %v", s.ClusterDNS, s.ServiceCIDR)
	}
	s.FlannelBackend = r.choice("flannel-backend", "vxlan", "host-gw")
	r.choice("egress-selector-mode", "disabled", "agent", "cluster", "pod")
	s.Kubeconfig = r.one("write-kubeconfig")
	if s.Kubeconfig == "" {
		s.Kubeconfig = layout.Kubeconfig
	}
	mode, err := strconv.ParseUint(r.one("write-kubeconfig-mode"), 8, 9)
	if err != nil {
		r.fail("write-kubeconfig-mode %q is no octal file mode", r.one("write-kubeconfig-mode"))
	}
	s.KubeconfigMode = fs.FileMode(mode)
	s.LocalStoragePath = r.storagePath(s.Data)
	for _, d := range r.all("disable") {
		if !slices.Contains(packaged, d) {
			r.fail("disable: unknown component %q, known are %s", d, strings.Join(packaged, ", "))
		}
		s.Disable = append(s.Disable, d)
	}
	if r.truth("disable-network-policy") {
		s.Disable = append(s.Disable, "network-policy")
	}
	s.APIServerArgs, s.ControllerArgs, s.SchedulerArgs = r.all("kube-apiserver-arg"), r.all("kube-controller-manager-arg"), r.all("kube-scheduler-arg")
	return s, r.err()
}

// packaged names what K3s can be told to leave out; in this binary are coredns, local-storage, metrics-server, network-policy
// and servicelb.
var packaged = []string{"ccm", "coredns", "helm-controller", "local-storage", "metrics-server", "network-policy", "rolebindings", "runtimes", "servicelb", "traefik"}

// ParseAgent reads an agent's configuration.
func ParseAgent(args []string, getenv func(string) string) (*Node, error) {
	r, err := gather(args, getenv, onAgent)
	if err != nil {
		return nil, err
	}
	n := r.node()
	if !strings.HasPrefix(n.ServerURL, "https://") {
		r.fail("server (K3S_URL) is %q: an agent needs the server's https:// address", n.ServerURL)
	}
	n.ServerURL = strings.TrimSuffix(n.ServerURL, "/")
	if n.Token == "" {
		r.fail("token (K3S_TOKEN or K3S_TOKEN_FILE) is needed to join a server")
	} else if _, err := token.Parse(n.Token); err != nil {
		r.fail("token (K3S_TOKEN or K3S_TOKEN_FILE): %w", err)
	}
	return &n, r.err()
}

// DataDir reads where the data of the server or agent on this machine lie, from the environment and a configuration file:
// K3s' own where file is "".
func DataDir(file string, getenv func(string) string) (layout.Data, error) {
	var args []string
	if file != "" {
		args = []string{"--config", file}
	}
	r, err := gather(args, getenv, onBoth)
	if err != nil {
		return "", err
	}
	return r.dataDir(), nil
}

func gather(args []string, getenv func(string) string, r role) (*reader, error) {
	flags, err := parseFlags(args, r)
	if err != nil {
		return nil, err
	}
	env := environment(getenv, r)
	file, given := layout.ConfigFile, false
	for _, v := range []values{env, flags} {
		if c := v["config"]; c != nil {
			file, given = c[0], true
		}
	}
	files, err := readFiles(file, given, r)
	if err != nil {
		return nil, err
	}
	merged := values{}
	for _, k := range keys {
		if k.initial != "" {
			merged[k.name] = []string{k.initial}
		}
	}
	for _, layer := range []values{env, files, flags} { // the last one wins, as in K3s
		for name, v := range layer {
			merged[name] = v
		}
	}
	return &reader{values: merged, readFile: os.ReadFile}, nil
}
