package netpolicy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Pod is a pod with a network of its own: policies do not concern pods in a node's network.
type Pod struct {
	Namespace, Name string
	Labels          labels.Set
	Address         netip.Addr // IPv4
	Local           bool       // on this node
	Ports           []core.ContainerPort
}

// State is what the rules follow from.
type State struct {
	Policies    []*networking.NetworkPolicy
	Namespaces  map[string]labels.Set
	Pods        []Pod
	Nodes       []netip.Addr // in the pods' network, as their pods' peers see them
	ClusterCIDR netip.Prefix
}

// bridge is the one that every pod of a node is plugged into.
const bridge = "cni0"

const (
	ingressMap = "pods-ingress"
	egressMap  = "pods-egress"
	knownSet   = "known"
	selfSet    = "pods-to-themselves"
)

// Render gives the rules of one node. Nothing in them is longer than what a packet needs: a pod's address leads to its
// verdict at once, and the first packet of a connection is all that is looked at. The rules are there also with an error,
// which is what could not be read of policies.
func Render(s State) (*Table, error) {
	byNamespace := map[string][]*policy{}
	var unread error
	for _, p := range slices.SortedFunc(slices.Values(s.Policies), func(a, b *networking.NetworkPolicy) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	}) {
		parsed, err := parse(p)
		unread = errors.Join(unread, err)
		byNamespace[p.Namespace] = append(byNamespace[p.Namespace], parsed)
	}
	r := &renderer{namespaces: s.Namespaces, pods: map[string][]*Pod{}, table: frame(s.ClusterCIDR)}
	for i, p := range s.Pods {
		r.pods[p.Namespace] = append(r.pods[p.Namespace], &s.Pods[i])
		r.table.sets[knownSet].add(p.Address.String(), "")
	}
	for _, n := range s.Nodes {
		r.table.sets[knownSet].add(n.String(), "")
	}
	for i := range s.Pods {
		if p := &s.Pods[i]; p.Local {
			r.local(p, byNamespace[p.Namespace])
		}
	}
	return r.table, unread
}

type renderer struct {
	namespaces map[string]labels.Set
	pods       map[string][]*Pod // by namespace
	table      *Table
}

// frame is the rules without any pod.
//
// The hooks come after those of kube-proxy, flannel and the node guard at filter (0) and before: an accept there ends
// the chain it is in and no other, a drop or reject here is final. Egress and ingress are hooks of their own, so that
// what a policy accepts in one is still looked at in the other. Forwarded packets only: what the node itself sends to
// its pods, as a kubelet's probes, is always allowed, and so is what they send to it.
//
// An address of this node's pods that the maps do not have belongs to a pod that is only just being made: it waits. It
// may not send, which a client tries again, and nobody can know it yet.
//
// Pods have an IPv6 address for the link between them, which no policy would stop.
func frame(cluster netip.Prefix) *Table {
	verdicts := func() *set { return &set{kind: "ipv4_addr : verdict", verdicts: true, elements: map[string]string{}} }
	refuse := func(d direction) []string {
		return []string{
			// A reset for a packet that conntrack does not know would end a connection that lives.
			"ct state invalid drop",
			// A pod whose address has not come here yet may be allowed soon, and then its next attempt succeeds. Other nodes
			// have addresses of the same network, by which the API server asks webhooks, and Services' ports are forwarded.
			fmt.Sprintf("%s %s %s != @%s drop", d.peer(), cluster, d.peer(), knownSet),
			"counter reject",
		}
	}
	return &Table{
		sets: map[string]*set{
			ingressMap: verdicts(),
			egressMap:  verdicts(),
			knownSet:   {kind: "ipv4_addr", elements: map[string]string{}},
			selfSet:    {kind: "ipv4_addr . ipv4_addr", elements: map[string]string{}},
		},
		chains: map[string]chain{
			egress.String(): {priority: "10", rules: []string{
				"ct state established,related accept",
				fmt.Sprintf("meta nfproto ipv6 iifname %q oifname %q drop", bridge, bridge),
				"ip saddr . ip daddr @" + selfSet + " accept",
				"ip saddr vmap @" + egressMap,
				fmt.Sprintf("iifname %q ip saddr %s drop", bridge, cluster),
			}},
			ingress.String(): {priority: "11", rules: []string{
				"ct state established,related accept",
				"ip saddr . ip daddr @" + selfSet + " accept",
				"ip daddr vmap @" + ingressMap,
				fmt.Sprintf("oifname %q ip daddr %s reject with icmpx host-unreachable", bridge, cluster),
			}},
			refusal(ingress): {rules: refuse(ingress)},
			refusal(egress):  {rules: refuse(egress)},
		},
	}
}

func refusal(d direction) string { return "refuse-" + d.String() }

// local gives a pod of this node its verdicts.
func (r *renderer) local(p *Pod, policies []*policy) {
	for _, d := range directions {
		var isolating []*policy
		for _, one := range policies {
			if one.isolates[d] && one.pods.Matches(p.Labels) {
				isolating = append(isolating, one)
			}
		}
		verdict := "accept"
		if len(isolating) != 0 {
			verdict = "goto " + r.isolation(d, isolating)
		}
		r.table.sets[[...]string{ingressMap, egressMap}[d]].add(p.Address.String(), verdict)
	}
	r.table.sets[selfSet].add(p.Address.String()+" . "+p.Address.String(), "")
}

// isolation is the chain that all pods with these policies share.
func (r *renderer) isolation(d direction, policies []*policy) string {
	var keys, rules []string
	for _, p := range policies {
		keys = append(keys, p.namespace+"/"+p.name)
		rules = append(rules, "jump "+r.policy(d, p))
	}
	name := fmt.Sprintf("isolated-%s-%s", d, digest(strings.Join(keys, " ")))
	r.table.chains[name] = chain{rules: append(rules, "goto "+refusal(d))}
	return name
}

// policy is the chain that accepts what one policy allows.
func (r *renderer) policy(d direction, p *policy) string {
	key := p.namespace + "/" + p.name
	name := fmt.Sprintf("%s-%s-%s", d, digest(key), key)
	name = name[:min(len(name), 200)] // nft knows 255 characters
	if _, done := r.table.chains[name]; !done {
		var rules []string
		for _, one := range p.rules[d] {
			rules = append(rules, r.rule(d, p, one)...)
		}
		r.table.chains[name] = chain{rules: rules}
	}
	return name
}

func (r *renderer) rule(d direction, p *policy, one rule) []string {
	var peers []string // matches of the other side
	if one.anyPeer || len(one.blocks) != 0 && one.blocks[0] == everyAddress {
		peers = []string{""}
	} else {
		for _, s := range one.pods {
			peers = append(peers, d.peer()+" @"+r.peers(s)+" ")
		}
		if len(one.blocks) != 0 {
			peers = append(peers, d.peer()+" "+literal(one.blocks, address)+" ")
		}
	}
	var ports []string
	if one.anyPort {
		ports = []string{""}
	}
	for _, p := range one.ports {
		ports = append(ports, p.match()+" ")
	}
	if d == ingress { // the port is one of the selected pods'
		for _, n := range one.named {
			ports = append(ports, r.ports(n, selection{namespace: p.namespace, pods: p.pods}))
		}
	}
	var out []string
	for _, peer := range peers {
		for _, port := range ports {
			out = append(out, peer+port+"accept")
		}
	}
	if d == egress { // the port is one of the peers', which must be pods
		peers := one.pods
		if one.anyPeer {
			peers = []selection{{namespaces: labels.Everything(), pods: labels.Everything()}}
		}
		for _, s := range peers {
			for _, n := range one.named {
				out = append(out, r.ports(n, s)+"accept")
			}
		}
	}
	return out
}

// peers is the set of the selected pods' addresses.
func (r *renderer) peers(s selection) string {
	name := "peers-" + digest(s.String())
	if _, done := r.table.sets[name]; !done {
		out := &set{kind: "ipv4_addr", comment: s.String(), elements: map[string]string{}}
		r.table.sets[name] = out
		r.each(s, func(p *Pod) { out.add(p.Address.String(), "") })
	}
	return name
}

// ports matches a named port of the selected pods, each by its own number.
func (r *renderer) ports(n namedPort, s selection) string {
	what := fmt.Sprintf("%s %s of %s", n.protocol, n.name, s)
	name := "ports-" + digest(what)
	if _, done := r.table.sets[name]; !done {
		out := &set{kind: "ipv4_addr . inet_proto . inet_service", comment: what, elements: map[string]string{}}
		r.table.sets[name] = out
		r.each(s, func(p *Pod) {
			if number, ok := n.numberIn(p.Ports); ok {
				out.add(fmt.Sprintf("%s . %s . %d", p.Address, n.protocol, number), "")
			}
		})
	}
	return "ip daddr . meta l4proto . th dport @" + name + " "
}

func (r *renderer) each(s selection, do func(*Pod)) {
	in := func(namespace string) {
		for _, p := range r.pods[namespace] {
			if s.pods.Matches(p.Labels) {
				do(p)
			}
		}
	}
	if s.namespaces == nil {
		in(s.namespace)
		return
	}
	for name, namespaceLabels := range r.namespaces {
		if s.namespaces.Matches(namespaceLabels) {
			in(name)
		}
	}
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
