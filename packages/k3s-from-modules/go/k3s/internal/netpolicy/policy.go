package netpolicy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	netutils "k8s.io/utils/net"
)

// direction is seen from the pod that a policy selects.
type direction int

const (
	ingress direction = iota
	egress
)

var directions = []direction{ingress, egress}

func (d direction) String() string { return [...]string{"ingress", "egress"}[d] }

// peer is the field of a packet with the other side's address.
func (d direction) peer() string { return [...]string{"ip saddr", "ip daddr"}[d] }

// policy is a NetworkPolicy whose selectors are parsed.
type policy struct {
	namespace, name string
	pods            labels.Selector
	isolates        [2]bool // by direction
	rules           [2][]rule
}

// rule allows what comes from, or goes to, any of its peers by any of its ports.
type rule struct {
	anyPeer bool
	pods    []selection
	blocks  []span
	anyPort bool
	ports   []protocolPorts
	named   []namedPort
}

// protocolPorts are ports of one protocol; none are all.
type protocolPorts struct {
	protocol string
	ports    []span
}

// namedPort has a number only together with a pod: each may give the name another.
type namedPort struct{ protocol, name string }

// selection is what one podSelector and one namespaceSelector select.
type selection struct {
	namespace  string          // the only one, where namespaces is nil
	namespaces labels.Selector // by their labels
	pods       labels.Selector
}

func (s selection) String() string {
	where := "namespace " + s.namespace
	if s.namespaces != nil {
		where = "namespaces with [" + s.namespaces.String() + "]"
	}
	return "pods with [" + s.pods.String() + "] in " + where
}

// parse returns a policy also with an error: a rule that cannot be read allows nothing. Where it is the podSelector, all
// pods of the namespace may be meant: they are isolated, and nothing is allowed.
func parse(p *networking.NetworkPolicy) (*policy, error) {
	out := &policy{namespace: p.Namespace, name: p.Name}
	// Without policyTypes: ingress always, egress where there is a rule for it.
	out.isolates[ingress] = len(p.Spec.PolicyTypes) == 0 || slices.Contains(p.Spec.PolicyTypes, networking.PolicyTypeIngress)
	out.isolates[egress] = len(p.Spec.PolicyTypes) == 0 && len(p.Spec.Egress) != 0 || slices.Contains(p.Spec.PolicyTypes, networking.PolicyTypeEgress)
	var err error
	if out.pods, err = meta.LabelSelectorAsSelector(&p.Spec.PodSelector); err != nil {
		out.pods = labels.Everything()
		return out, fmt.Errorf("networkpolicy %s/%s: podSelector: %w", p.Namespace, p.Name, err)
	}
	add := func(d direction, peers []networking.NetworkPolicyPeer, ports []networking.NetworkPolicyPort) {
		r, unread := parseRule(p.Namespace, peers, ports)
		if unread != nil {
			err = errors.Join(err, fmt.Errorf("networkpolicy %s/%s: %s: %w", p.Namespace, p.Name, d, unread))
			return
		}
		out.rules[d] = append(out.rules[d], r)
	}
	for _, r := range p.Spec.Ingress {
		add(ingress, r.From, r.Ports)
	}
	for _, r := range p.Spec.Egress {
		add(egress, r.To, r.Ports)
	}
	return out, err
}

func parseRule(namespace string, peers []networking.NetworkPolicyPeer, ports []networking.NetworkPolicyPort) (rule, error) {
	r := rule{anyPeer: len(peers) == 0, anyPort: len(ports) == 0}
	for _, p := range peers {
		if p.IPBlock != nil {
			spans, err := parseBlock(p.IPBlock)
			if err != nil {
				return r, err
			}
			r.blocks = merged(append(r.blocks, spans...))
			continue
		}
		s := selection{namespace: namespace, pods: labels.Everything()}
		var err error
		if p.PodSelector != nil {
			if s.pods, err = meta.LabelSelectorAsSelector(p.PodSelector); err != nil {
				return r, fmt.Errorf("podSelector: %w", err)
			}
		}
		if p.NamespaceSelector != nil {
			if s.namespaces, err = meta.LabelSelectorAsSelector(p.NamespaceSelector); err != nil {
				return r, fmt.Errorf("namespaceSelector: %w", err)
			}
		}
		r.pods = append(r.pods, s)
	}
	r.ports, r.named = parsePorts(ports)
	return r, nil
}

// parseBlock: a block of IPv6 addresses matches nothing where pods have IPv4 addresses only.
func parseBlock(b *networking.IPBlock) ([]span, error) {
	cidr, err := parseCIDR(b.CIDR)
	if err != nil {
		return nil, fmt.Errorf("ipBlock: %w", err)
	}
	if !cidr.Addr().Is4() {
		return nil, nil
	}
	var holes []span
	for _, e := range b.Except {
		hole, err := parseCIDR(e)
		if err != nil {
			return nil, fmt.Errorf("ipBlock.except: %w", err)
		}
		if hole.Addr().Is4() {
			holes = append(holes, addressesOf(hole))
		}
	}
	return without(addressesOf(cidr), holes), nil
}

// parseCIDR reads what the API server accepts for the sake of old objects, too: numbers that begin with zeros, and IPv4
// addresses written as IPv6.
func parseCIDR(text string) (netip.Prefix, error) {
	_, cidr, err := netutils.ParseCIDRSloppy(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.ParsePrefix(cidr.String())
}

func parsePorts(ports []networking.NetworkPolicyPort) ([]protocolPorts, []namedPort) {
	var named []namedPort
	numbers := map[string][]span{}
	for _, p := range ports {
		protocol := "tcp"
		if p.Protocol != nil {
			protocol = strings.ToLower(string(*p.Protocol))
		}
		switch {
		case p.Port == nil:
			numbers[protocol] = append(numbers[protocol], span{0, 65535})
		case p.Port.Type == intstr.String:
			named = append(named, namedPort{protocol, p.Port.StrVal})
		default:
			s := span{uint32(p.Port.IntVal), uint32(p.Port.IntVal)}
			if p.EndPort != nil {
				s.to = uint32(*p.EndPort)
			}
			numbers[protocol] = append(numbers[protocol], s)
		}
	}
	var out []protocolPorts
	for _, protocol := range []string{"tcp", "udp", "sctp"} {
		if spans := merged(numbers[protocol]); len(spans) != 0 {
			out = append(out, protocolPorts{protocol, spans})
		}
	}
	return out, named
}

// match is an nft expression for the ports of one protocol.
func (p protocolPorts) match() string {
	if p.ports[0] == (span{0, 65535}) {
		return "meta l4proto " + p.protocol
	}
	return p.protocol + " dport " + literal(p.ports, func(n uint32) string { return strconv.Itoa(int(n)) })
}

// numberIn is the port's number in a pod that has one of this name.
func (n namedPort) numberIn(ports []core.ContainerPort) (int32, bool) {
	for _, p := range ports {
		protocol := strings.ToLower(string(p.Protocol))
		if p.Name == n.name && (protocol == n.protocol || protocol == "" && n.protocol == "tcp") {
			return p.ContainerPort, true
		}
	}
	return 0, false
}
