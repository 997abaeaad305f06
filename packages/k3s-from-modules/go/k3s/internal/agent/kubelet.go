package agent

import (
	"strings"

	"sigs.k8s.io/yaml"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/layout"
)

func kubeletConfig(c *config.Node, h Host, s *join.Settings) ([]byte, error) {
	driver := "cgroupfs"
	if h.SystemdCgroup {
		driver = "systemd"
	}
	return yaml.Marshal(map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1",
		"kind":       "KubeletConfiguration",
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false},
			"webhook":   map[string]any{"enabled": true},
			"x509":      map[string]any{"clientCAFile": c.Data.Agent(join.ClientCA + ".crt")},
		},
		"authorization":            map[string]any{"mode": "Webhook"},
		"tlsCertFile":              c.Data.Agent(join.KubeletServing + ".crt"),
		"tlsPrivateKeyFile":        c.Data.Agent(join.KubeletServing + ".key"),
		"cgroupDriver":             driver,
		"clusterDNS":               []string{s.ClusterDNS},
		"clusterDomain":            s.ClusterDomain,
		"containerRuntimeEndpoint": "unix://" + layout.ContainerdSocket,
		"resolvConf":               h.ResolvConf,
		"staticPodPath":            c.Data.PodManifests(),
		"healthzBindAddress":       "127.0.0.1",
		"serializeImagePulls":      false,
		"failSwapOn":               false,
		"failCgroupV1":             false,
		"protectKernelDefaults":    c.ProtectKernel,
		"evictionHard":             map[string]string{"imagefs.available": "5%", "nodefs.available": "5%"},
		"evictionMinimumReclaim":   map[string]string{"imagefs.available": "10%", "nodefs.available": "10%"},
	})
}

func (a *Agent) kubeletArgs() []string {
	c := a.Config
	args := []string{
		"--config=" + c.Data.KubeletConfig(),
		"--kubeconfig=" + c.Data.Agent("kubelet.kubeconfig"),
		"--hostname-override=" + c.Name,
		"--node-ip=" + a.host.IP.String(),
	}
	if len(c.Labels) != 0 {
		args = append(args, "--node-labels="+strings.Join(c.Labels, ","))
	}
	if len(c.Taints) != 0 {
		args = append(args, "--register-with-taints="+strings.Join(c.Taints, ","))
	}
	return withExtra(args, c, c.KubeletArgs)
}

func (a *Agent) proxyArgs(s *join.Settings) []string {
	c := a.Config
	return withExtra([]string{
		"--kubeconfig=" + c.Data.Agent("kubeproxy.kubeconfig"),
		"--hostname-override=" + c.Name,
		"--proxy-mode=iptables",
		"--cluster-cidr=" + s.ClusterCIDR,
		"--healthz-bind-address=127.0.0.1",
		"--iptables-min-sync-period=200ms",
		// Kernel-wide tables that a node in a container may not size.
		"--conntrack-max-per-core=0",
		"--conntrack-tcp-timeout-established=0s",
		"--conntrack-tcp-timeout-close-wait=0s",
	}, c, c.ProxyArgs)
}

func withExtra(args []string, c *config.Node, extra []string) []string {
	return append(args, Extra(c, extra)...)
}

// Extra turns K3s' NAME=VALUE arguments into a part's flags; they come last and so win.
func Extra(c *config.Node, extra []string) []string {
	var out []string
	if c.Verbosity != "" {
		out = append(out, "--v="+c.Verbosity)
	}
	for _, e := range extra {
		out = append(out, "--"+strings.TrimLeft(e, "-"))
	}
	return out
}
