package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
	"k8s.io/client-go/kubernetes"

	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/nodewatch"
	"k3s-lab/k3s/internal/pki"
)

func flannelConfig(s *join.Settings) []byte {
	return fmt.Appendf(nil, `{"Network":%q,"EnableIPv4":true,"Backend":{"Type":%q}}`+"\n", s.ClusterCIDR, s.FlannelBackend)
}

func (a *Agent) flannelArgs() []string {
	data := a.Config.Data
	return []string{
		"--kubeconfig=" + data.Agent("k3scontroller.kubeconfig"),
		"--node=" + a.Config.Name,
		"--iface=" + a.host.Interface,
		"--config=" + data.FlannelConfig(),
		"--subnet-file=" + layout.FlannelSubnet,
	}
}

// network writes the CNI configuration once flannel has said which subnet and MTU it uses, and the images and the network
// policies are there for the pods that then start. Until it is there the node is not ready.
func (a *Agent) network(ctx context.Context, kube kubernetes.Interface) error {
	cidr, err := nodewatch.PodCIDR(ctx, kube, a.Config.Name)
	if err != nil {
		return err
	}
	subnet, err := awaitSubnet(ctx, layout.FlannelSubnet, cidr)
	if err != nil {
		return err
	}
	b, err := cniConfig(cidr, subnet["FLANNEL_MTU"])
	if err != nil {
		return err
	}
	if err := a.awaitPodsTurn(ctx); err != nil {
		return err
	}
	return pki.WriteFile(a.Config.Data.CNIConfig(), b, 0o600)
}

// awaitSubnet watches for the file that flannel writes last. One of an earlier cluster has another subnet.
func awaitSubnet(ctx context.Context, file, cidr string) (map[string]string, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if err := w.Add(filepath.Dir(file)); err != nil {
		return nil, err
	}
	late := time.NewTicker(time.Second)
	defer late.Stop()
	for {
		if b, err := os.ReadFile(file); err == nil {
			if env := parseSubnet(string(b)); sameNetwork(env["FLANNEL_SUBNET"], cidr) && env["FLANNEL_MTU"] != "" {
				return env, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-w.Events:
		case <-late.C:
		}
	}
}

func parseSubnet(content string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(content) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			out[name] = value
		}
	}
	return out
}

// cniConfig is a bridge on every node. The name and cni0 are K3s'; the plugins are upstream's.
func cniConfig(cidr, mtu string) ([]byte, error) {
	size, err := json.Number(mtu).Int64()
	if err != nil {
		return nil, errors.New("flannel says no MTU")
	}
	return json.MarshalIndent(map[string]any{
		"name": "cbr0", "cniVersion": "1.0.0",
		"plugins": []any{
			map[string]any{
				"type": "bridge", "bridge": "cni0", "mtu": size,
				"isDefaultGateway": true, "hairpinMode": true, "forceAddress": true,
				"ipam": map[string]any{"type": "host-local", "ranges": []any{[]any{map[string]string{"subnet": cidr}}}},
			},
			map[string]any{"type": "portmap", "capabilities": map[string]bool{"portMappings": true}},
			map[string]any{"type": "bandwidth", "capabilities": map[string]bool{"bandwidth": true}},
		},
	}, "", "  ")
}

func sameNetwork(a, b string) bool {
	x, errX := netip.ParsePrefix(a)
	y, errY := netip.ParsePrefix(b)
	return errX == nil && errY == nil && x.Masked() == y.Masked()
}
