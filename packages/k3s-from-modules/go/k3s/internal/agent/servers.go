package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"

	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"k3s-lab/k3s/internal/hold"
	"k3s-lab/k3s/internal/join"
)

// joinAny asks one server after the other, the one of the configuration first: it may be the one that is away.
func joinAny(ctx context.Context, c *join.Client, servers *hold.Servers) (*join.Settings, error) {
	var first error
	for _, server := range servers.All() {
		c.Server = "https://" + server
		settings, err := c.Join(ctx)
		var refused *join.Refused
		if err == nil {
			servers.Use(server)
			return settings, nil
		}
		if errors.As(err, &refused) || ctx.Err() != nil {
			return nil, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// holdServers makes the servers reachable on this machine at one address, also while some are away.
func (a *Agent) holdServers(ctx context.Context) (string, error) {
	local := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(a.Config.LocalPort)).String()
	l, err := net.Listen("tcp", local)
	if err != nil {
		return "", fmt.Errorf("lb-server-port: %w", err)
	}
	data := a.Config.Data
	p := &hold.Proxy{Servers: a.servers, Ready: hold.ReadyAt(data.Agent(join.ServerCA+".crt"),
		data.Agent(join.KubeletClient+".crt"), data.Agent(join.KubeletClient+".key"))}
	go p.Serve(ctx, l)
	return "https://" + local, nil
}

// learnServers keeps up with the servers that are behind the Service "kubernetes".
func (a *Agent) learnServers(ctx context.Context, kube kubernetes.Interface) {
	f := informers.NewSharedInformerFactoryWithOptions(kube, 0, informers.WithNamespace(meta.NamespaceDefault),
		informers.WithTweakListOptions(func(o *meta.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector(meta.ObjectNameField, "kubernetes").String()
		}))
	learn := func(o any) {
		if slice, ok := o.(*discovery.EndpointSlice); ok {
			if err := a.servers.Learn(serversOf(slice)); err != nil {
				slog.Warn("cannot keep the list of servers", "reason", err)
			}
		}
	}
	f.Discovery().V1().EndpointSlices().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: learn, UpdateFunc: func(_, o any) { learn(o) },
	})
	f.Start(ctx.Done())
}

func serversOf(slice *discovery.EndpointSlice) []string {
	var out []string
	for _, port := range slice.Ports {
		for _, endpoint := range slice.Endpoints {
			for _, address := range endpoint.Addresses {
				if port.Port != nil {
					out = append(out, net.JoinHostPort(address, strconv.Itoa(int(*port.Port))))
				}
			}
		}
	}
	return out
}
