// Package agent makes this machine a node: container runtime, images, join, kubelet, kube-proxy, flannel.
package agent

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"k8s.io/client-go/kubernetes"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/hold"
	"k3s-lab/k3s/internal/images"
	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/kubeconfig"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/localpath"
	"k3s-lab/k3s/internal/nodewatch"
	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/servicelb"
	"k3s-lab/k3s/internal/supervise"
	"k3s-lab/k3s/internal/token"
)

// Agent is this machine's node.
type Agent struct {
	Config     *config.Node
	Supervisor *supervise.Supervisor
	BinDir     string // runc, shim and CNI plugins
	Remote     bool   // the server is another machine
	ProxyEnv   []string

	host     Host
	runtime  chan struct{}   // closed when containerd answers
	images   chan struct{}   // closed when the first import is over
	policies <-chan struct{} // closed when the network policies are in force, or switched off
	importer *images.Importer
	servers  *hold.Servers // of a remote node
}

// Prepare checks the machine and writes what containerd reads. Nothing is started yet. policies says that it is known to keep
// network policies: other nodes are told when they join.
func (a *Agent) Prepare(ctx context.Context, policies bool) error {
	if err := preflight(a.Config, policies); err != nil {
		return err
	}
	host, err := inspect(a.Config)
	if err != nil {
		return err
	}
	a.host = host
	configureKernel(ctx)
	return a.writeRuntimeConfig()
}

// IP is the node's address; known after Prepare.
func (a *Agent) IP() netip.Addr { return a.host.IP }

// Run joins and starts the node's parts; they run until the supervisor stops them.
func (a *Agent) Run(ctx context.Context) error {
	settings, err := a.join(ctx)
	if err != nil {
		return err
	}
	slog.Info("joined", "server", a.Config.ServerURL, "node", a.Config.Name, "version", settings.Version)
	url := a.Config.ServerURL
	if a.Remote {
		if url, err = a.holdServers(ctx); err != nil {
			return err
		}
	}
	if err := a.writeNodeConfig(settings, url); err != nil {
		return err
	}
	kube, err := nodewatch.Client(a.Config.Data.Agent("kubelet.kubeconfig"))
	if err != nil {
		return err
	}
	a.Supervisor.Start(supervise.Part{Name: "flannel", Args: a.flannelArgs()})
	if err := a.startPolicies(ctx, settings); err != nil {
		return err
	}
	if err := a.awaitKubeletsTurn(ctx); err != nil {
		return err
	}
	a.Supervisor.Start(supervise.Part{Name: "kubelet", Args: a.kubeletArgs()})
	if err := nodewatch.Registered(ctx, kube, a.Config.Name); err != nil {
		return err
	}
	a.Supervisor.Start(supervise.Part{Name: "kube-proxy", Args: a.proxyArgs(settings)})
	reader, err := nodewatch.Client(a.Config.Data.Agent("k3scontroller.kubeconfig"))
	if err != nil {
		return err
	}
	if a.Remote {
		go a.learnServers(ctx, reader)
	}
	go localpath.Serve(ctx, reader, kube, a.Config.Name, localpath.Folders{Root: settings.LocalStoragePath})
	if err := a.annotate(ctx, kube); err != nil {
		return err
	}
	return a.network(ctx, kube)
}

// awaitKubeletsTurn waits for containerd, without which a kubelet ends, for the images, or pods would look for theirs
// elsewhere, and for the network policies, or pods would be open that are to be closed. On the first start no pod runs
// before the network is configured: the last two go on beside it.
func (a *Agent) awaitKubeletsTurn(ctx context.Context) error {
	if err := await(ctx, a.runtime); err != nil {
		return err
	}
	if _, err := os.Stat(a.Config.Data.CNIConfig()); err != nil {
		return nil
	}
	return a.awaitPodsTurn(ctx)
}

func (a *Agent) awaitPodsTurn(ctx context.Context) error {
	if err := await(ctx, a.images); err != nil {
		return err
	}
	return await(ctx, a.policies)
}

func await(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join asks until the server lets this node in, or refuses it.
func (a *Agent) join(ctx context.Context) (*join.Settings, error) {
	t, err := token.Parse(a.Config.Token)
	if err != nil {
		return nil, err
	}
	password, err := join.NodePassword(layout.NodePassword)
	if err != nil {
		return nil, err
	}
	addresses := []netip.Addr{a.host.IP}
	if a.Config.ExternalIP.IsValid() {
		addresses = append(addresses, a.Config.ExternalIP)
	}
	c := &join.Client{Token: t, Node: a.Config.Name, NodePassword: password, Addresses: addresses, Dir: a.Config.Data.Agent("")}
	if !a.Remote {
		c.Server = a.Config.ServerURL
		return persist(ctx, c.Join, c.Server)
	}
	if a.servers, err = hold.OpenServers(a.Config.Data.LoadBalancer(), a.Config.ServerURL); err != nil {
		return nil, err
	}
	return persist(ctx, func(ctx context.Context) (*join.Settings, error) { return joinAny(ctx, c, a.servers) }, a.Config.ServerURL)
}

// persist logs the first failure of a kind and then one every ten seconds.
func persist(ctx context.Context, try func(context.Context) (*join.Settings, error), server string) (*join.Settings, error) {
	var said string
	var when time.Time
	for {
		settings, err := try(ctx)
		var refused *join.Refused
		if err == nil || errors.As(err, &refused) {
			return settings, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err.Error() != said || time.Since(when) > 10*time.Second {
			slog.Info("waiting for the server", "server", server, "reason", err)
			said, when = err.Error(), time.Now()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (a *Agent) writeNodeConfig(settings *join.Settings, url string) error {
	data := a.Config.Data
	for file, client := range map[string]string{
		"kubelet.kubeconfig":       join.KubeletClient,
		"kubeproxy.kubeconfig":     join.ProxyClient,
		"k3scontroller.kubeconfig": join.FlannelClient,
	} {
		c := kubeconfig.Credentials{Server: url, CA: data.Agent(join.ServerCA + ".crt"), Client: data.Agent(client)}
		if err := c.WriteFiles(data.Agent(file)); err != nil {
			return err
		}
	}
	b, err := kubeletConfig(a.Config, a.host, settings)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data.PodManifests(), 0o700); err != nil {
		return err
	}
	if err := pki.WriteFile(data.KubeletConfig(), b, 0o600); err != nil {
		return err
	}
	return pki.WriteFile(data.FlannelConfig(), flannelConfig(settings), 0o600)
}

// annotate tells the server's load balancer the address this node has outside.
func (a *Agent) annotate(ctx context.Context, kube kubernetes.Interface) error {
	if !a.Config.ExternalIP.IsValid() {
		return nil
	}
	return nodewatch.Annotate(ctx, kube, a.Config.Name, servicelb.ExternalIPAnnotation, a.Config.ExternalIP.String())
}
