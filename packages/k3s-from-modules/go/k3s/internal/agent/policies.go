package agent

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/knftables"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/netpolicy"
)

// startPolicies makes this node keep network policies, or takes away what an earlier start has left of them.
func (a *Agent) startPolicies(ctx context.Context, s *join.Settings) error {
	if !s.NetworkPolicy {
		none := make(chan struct{})
		close(none)
		a.policies = none
		return netpolicy.Remove(ctx)
	}
	nft, err := openPolicies(a.Config)
	if err = errors.Join(err, checkBridge("/proc/sys/net/bridge")); err != nil {
		return err
	}
	cluster, err := netip.ParsePrefix(s.ClusterCIDR)
	if err != nil {
		return fmt.Errorf("cluster CIDR: %w", err)
	}
	enforcer, err := netpolicy.New(a.Config.Data.Agent("k3scontroller.kubeconfig"), a.Config.Name, cluster, nft)
	if err != nil {
		return err
	}
	a.policies = enforcer.Applied()
	go func() {
		if await(ctx, a.runtime) == nil {
			enforcer.Run(ctx)
		}
	}()
	return nil
}

// openPolicies finds what network policies are kept by, or says why they could not be.
func openPolicies(c *config.Node) (knftables.Interface, error) {
	nft, err := netpolicy.Open()
	return nft, errors.Join(checkProxyMode(c.ProxyArgs), err)
}

// checkProxyMode: IPVS takes what is for a Service as the node's own, past the hook of what is forwarded.
func checkProxyMode(args []string) error {
	mode := ""
	for _, arg := range args { // the last one counts
		if value, ok := strings.CutPrefix(strings.TrimLeft(arg, "-"), "proxy-mode="); ok {
			mode = value
		}
	}
	if mode == "ipvs" {
		return errors.New("kube-proxy-arg: proxy-mode=ipvs leads requests to Services past network policies. Use the mode iptables or nftables, or set disable-network-policy on the server")
	}
	return nil
}

// checkBridge: without these, pods of one node reach each other past network policies. In a container they may not be set.
func checkBridge(dir string) error {
	for _, name := range []string{"bridge-nf-call-iptables", "bridge-nf-call-ip6tables"} {
		file := filepath.Join(dir, name)
		if b, err := os.ReadFile(file); err != nil || strings.TrimSpace(string(b)) != "1" {
			return fmt.Errorf("%s is not 1 on this node: pods would reach each other past network policies. Load the kernel module br_netfilter, on the host of a container, and set it, or set disable-network-policy on the server", file)
		}
	}
	return nil
}
