package parts

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/flannel-io/flannel/pkg/backend"
	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/ipmatch"
	"github.com/flannel-io/flannel/pkg/subnet"
	"github.com/flannel-io/flannel/pkg/subnet/kube"
	"github.com/flannel-io/flannel/pkg/trafficmngr/iptables"

	"k3s-lab/k3s/internal/nodewatch"

	_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
	_ "github.com/flannel-io/flannel/pkg/backend/vxlan"
)

type flannelFlags struct{ kubeconfig, node, iface, config, subnetFile string }

// flannel is flanneld with the Kubernetes subnet manager and two backends.
func flannel() error {
	f := flannelFlags{}
	flag.StringVar(&f.kubeconfig, "kubeconfig", "", "credentials that may list and annotate nodes")
	flag.StringVar(&f.node, "node", "", "this node's name")
	flag.StringVar(&f.iface, "iface", "", "interface, or an address of it")
	flag.StringVar(&f.config, "config", "", "net-conf.json")
	flag.StringVar(&f.subnetFile, "subnet-file", "", "subnet.env to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	err := f.run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (f flannelFlags) run(ctx context.Context) error {
	if err := os.Setenv("NODE_NAME", f.node); err != nil { // the subnet manager reads it
		return err
	}
	manager, err := kube.NewSubnetManager(ctx, "", f.kubeconfig, "flannel.alpha.coreos.com", f.config, true)
	if err != nil {
		return err
	}
	config, err := manager.GetNetworkConfig(ctx)
	if err != nil {
		return err
	}
	stack, err := ipmatch.GetIPFamily(config.EnableIPv4, config.EnableIPv6)
	if err != nil {
		return err
	}
	iface, err := ipmatch.LookupExtIface(f.iface, "", "", stack, ipmatch.PublicIPOpts{})
	if err != nil {
		return err
	}
	be, err := backend.NewManager(ctx, manager, iface).GetBackend(config.BackendType)
	if err != nil {
		return err
	}
	client, err := nodewatch.Client(f.kubeconfig)
	if err != nil {
		return err
	}
	if _, err := nodewatch.PodCIDR(ctx, client, f.node); err != nil {
		return err
	}
	var wg sync.WaitGroup
	network, err := register(ctx, be, &wg, config)
	if err != nil {
		return err
	}
	if err := f.allow(ctx, manager, config, network); err != nil {
		return err
	}
	wg.Add(1)
	go func() {
		defer wg.Done()
		network.Run(ctx)
	}()
	err = manager.CompleteLease(ctx, network.Lease(), &wg)
	wg.Wait()
	return err
}

// register waits for the manager's cache to see the pod CIDR that the API has already shown.
func register(ctx context.Context, be backend.Backend, wg *sync.WaitGroup, config *subnet.Config) (backend.Network, error) {
	for tries := 0; ; tries++ {
		network, err := be.RegisterNetwork(ctx, wg, config)
		if err == nil || tries == 30 || ctx.Err() != nil {
			return network, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// allow writes the firewall's part and subnet.env.
func (f flannelFlags) allow(ctx context.Context, manager subnet.Manager, config *subnet.Config, network backend.Network) error {
	const resync = 60 // seconds
	rules := &iptables.IPTablesManager{}
	if err := rules.Init(ctx); err != nil {
		return err
	}
	lease := network.Lease()
	if err := rules.SetupAndEnsureMasqRules(ctx, config.Network, ip.IP4Net{}, ip.IP4Net{}, config.IPv6Network, ip.IP6Net{}, ip.IP6Net{}, lease, resync, false); err != nil {
		return fmt.Errorf("masquerading: %w", err)
	}
	rules.SetupAndEnsureForwardRules(ctx, config.Network, config.IPv6Network, resync)
	if err := os.MkdirAll(filepath.Dir(f.subnetFile), 0o755); err != nil {
		return err
	}
	return manager.HandleSubnetFile(f.subnetFile, config, true, lease.Subnet, lease.IPv6Subnet, network.MTU())
}
