// Package servicelb gives Services of type LoadBalancer the nodes' addresses; kube-proxy does the rest.
package servicelb

import (
	"fmt"
	"net/netip"
	"slices"
	"sort"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
)

const (
	// enableLabel makes the nodes that carry it the only ones, as in K3s.
	enableLabel = "svccontroller.k3s.cattle.io/enablelb"
	// ExternalIPAnnotation carries node-external-ip, as in K3s.
	ExternalIPAnnotation = "k3s.io/external-ip"
)

// mine says whether the Service is for this controller.
func mine(s *core.Service) bool {
	return s.Spec.Type == core.ServiceTypeLoadBalancer && s.Spec.LoadBalancerClass == nil && s.DeletionTimestamp == nil
}

// place is where a node is reached, and whether it is ready.
type place struct {
	ip    string
	ready core.ConditionStatus
}

// serves: a node that was published stays while it is not ready but heard of, as it is for a moment whenever its
// kubelet is started: kube-proxy's rules are still there, and connections of clients would be refused for nothing.
func (p place) serves(published []core.LoadBalancerIngress) bool {
	return p.ready == core.ConditionTrue || p.ready == core.ConditionFalse &&
		slices.ContainsFunc(published, func(i core.LoadBalancerIngress) bool { return i.IP == p.ip })
}

func readiness(n *core.Node) core.ConditionStatus {
	for _, c := range n.Status.Conditions {
		if c.Type == core.NodeReady {
			return c.Status
		}
	}
	return core.ConditionUnknown
}

// address is where a node is reached, external before internal.
func address(n *core.Node) (string, bool) {
	if ip := n.Annotations[ExternalIPAnnotation]; ip != "" {
		return ip, true
	}
	for _, kind := range []core.NodeAddressType{core.NodeExternalIP, core.NodeInternalIP} {
		for _, a := range n.Status.Addresses {
			if a.Type == kind {
				return a.Address, true
			}
		}
	}
	return "", false
}

// eligible are the places of the nodes that may serve when they are ready, by node name.
func eligible(nodes []*core.Node) map[string]place {
	allowList := slices.ContainsFunc(nodes, func(n *core.Node) bool { return n.Labels[enableLabel] == "true" })
	out := map[string]place{}
	for _, n := range nodes {
		_, excluded := n.Labels[core.LabelNodeExcludeBalancers]
		if excluded || n.DeletionTimestamp != nil || allowList && n.Labels[enableLabel] != "true" {
			continue
		}
		if ip, ok := address(n); ok {
			out[n.Name] = place{ip, readiness(n)}
		}
	}
	return out
}

// Wanted is the status every LoadBalancer Service should have, by namespace/name. A port belongs to the
// oldest Service that asks for it; a later one stays pending, as in K3s.
func Wanted(services []*core.Service, nodes []*core.Node, slices []*discovery.EndpointSlice) map[string][]core.LoadBalancerIngress {
	places := eligible(nodes)
	byAge := append([]*core.Service(nil), services...)
	sort.Slice(byAge, func(i, j int) bool {
		a, b := byAge[i], byAge[j]
		if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
			return a.CreationTimestamp.Before(&b.CreationTimestamp)
		}
		return key(a) < key(b)
	})
	taken := map[string]bool{}
	out := map[string][]core.LoadBalancerIngress{}
	for _, s := range byAge {
		if !mine(s) {
			continue
		}
		out[key(s)] = nil
		if !claim(taken, s) {
			continue
		}
		var ips []string
		for node, p := range places {
			if !p.serves(s.Status.LoadBalancer.Ingress) {
				continue
			}
			if s.Spec.ExternalTrafficPolicy != core.ServiceExternalTrafficPolicyLocal || servedOn(s, node, slices) {
				ips = append(ips, p.ip)
			}
		}
		sort.Slice(ips, func(i, j int) bool { return less(ips[i], ips[j]) })
		for _, ip := range ips {
			out[key(s)] = append(out[key(s)], core.LoadBalancerIngress{IP: ip})
		}
	}
	return out
}

func less(a, b string) bool {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX != nil || errY != nil {
		return a < b
	}
	return x.Less(y)
}

func key(s *core.Service) string { return s.Namespace + "/" + s.Name }

func claim(taken map[string]bool, s *core.Service) bool {
	var ports []string
	for _, p := range s.Spec.Ports {
		port := fmt.Sprintf("%s/%d", p.Protocol, p.Port)
		if taken[port] {
			return false
		}
		ports = append(ports, port)
	}
	for _, p := range ports {
		taken[p] = true
	}
	return true
}

func servedOn(s *core.Service, node string, all []*discovery.EndpointSlice) bool {
	for _, slice := range all {
		if slice.Namespace != s.Namespace || slice.Labels[discovery.LabelServiceName] != s.Name {
			continue
		}
		for _, e := range slice.Endpoints {
			if e.NodeName != nil && *e.NodeName == node && (e.Conditions.Ready == nil || *e.Conditions.Ready) {
				return true
			}
		}
	}
	return false
}
