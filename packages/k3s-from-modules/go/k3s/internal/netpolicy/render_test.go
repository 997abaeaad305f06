package netpolicy

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/knftables"
	"sigs.k8s.io/yaml"
)

var clusterCIDR = netip.MustParsePrefix("10.42.0.0/16")

func pod(namespace, name, ip string, podLabels labels.Set, ports ...core.ContainerPort) Pod {
	return Pod{Namespace: namespace, Name: name, Labels: podLabels, Address: netip.MustParseAddr(ip), Local: strings.HasPrefix(ip, "10.42.1."), Ports: ports}
}

func port(name string, number int32, protocol core.Protocol) core.ContainerPort {
	return core.ContainerPort{Name: name, ContainerPort: number, Protocol: protocol}
}

// world: this node has the pods of 10.42.1.0/24.
func world() State {
	return State{
		ClusterCIDR: clusterCIDR,
		Nodes:       []netip.Addr{netip.MustParseAddr("10.42.1.0"), netip.MustParseAddr("10.42.2.0")},
		Namespaces:  map[string]labels.Set{"shop": {"team": "a"}, "other": {"team": "b"}, "kube-system": {"kubernetes.io/metadata.name": "kube-system"}},
		Pods: []Pod{
			pod("shop", "db", "10.42.1.2", labels.Set{"app": "db"}, port("admin", 9999, "TCP"), port("sql", 5432, "TCP"), port("stats", 9000, "UDP")),
			pod("shop", "db-old", "10.42.1.3", labels.Set{"app": "db", "old": "yes"}, port("sql", 3306, "TCP")),
			pod("shop", "web", "10.42.1.4", labels.Set{"app": "web"}),
			pod("shop", "far", "10.42.2.2", labels.Set{"app": "web"}, port("http", 8080, "TCP")),
			pod("other", "web", "10.42.2.3", labels.Set{"app": "web"}, port("http", 80, "TCP")),
			pod("other", "near", "10.42.1.5", labels.Set{"app": "near"}),
			pod("kube-system", "dns", "10.42.3.2", labels.Set{"k8s-app": "kube-dns"}),
		},
	}
}

func networkPolicy(t *testing.T, name, spec string) *networking.NetworkPolicy {
	t.Helper()
	p := &networking.NetworkPolicy{}
	p.Namespace, p.Name = "shop", name
	if err := yaml.UnmarshalStrict([]byte(spec), &p.Spec); err != nil {
		t.Fatalf("%v in %s", err, spec)
	}
	return p
}

func render(t *testing.T, s State) *Table {
	t.Helper()
	out, err := Render(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// seen is a packet by the names of what it is from and to: of pods, or addresses.
func seen(s State, from, to, port string) packet {
	number, protocol, _ := strings.Cut(port, "/")
	p := packet{from: from, to: to, protocol: protocol, in: "flannel.1", out: "flannel.1"}
	fmt.Sscan(number, &p.port)
	for _, one := range s.Pods {
		for _, end := range []struct{ address, via *string }{{&p.from, &p.in}, {&p.to, &p.out}} {
			if one.Namespace+"/"+one.Name == *end.address {
				*end.address = one.Address.String()
			}
		}
	}
	if strings.HasPrefix(p.from, "10.42.1.") {
		p.in = bridge
	}
	if strings.HasPrefix(p.to, "10.42.1.") {
		p.out = bridge
	}
	return p
}

const (
	open    = "accept"
	refused = "reject"
	dropped = "drop"
	nobody  = "reject with icmpx host-unreachable"
)

type expectation struct{ from, to, port, want string }

func TestSemantics(t *testing.T) {
	for _, c := range []struct {
		name     string
		policies []string
		want     []expectation
	}{
		{"an empty podSelector selects the namespace, and no other", []string{`{podSelector: {}, policyTypes: [Ingress]}`}, []expectation{
			{"shop/web", "shop/db", "5432/tcp", refused},
			{"shop/far", "shop/db", "5432/tcp", refused},
			{"192.0.2.1", "shop/web", "80/tcp", refused},
			{"shop/db", "other/near", "80/tcp", open},
			{"other/web", "other/near", "80/tcp", open},
			{"shop/db", "192.0.2.1", "443/tcp", open},
		}},
		{"a rule without from and ports allows everything", []string{`{podSelector: {}, ingress: [{}]}`}, []expectation{
			{"192.0.2.1", "shop/db", "1/sctp", open},
		}},
		{"a policy without ingress closes, also where policyTypes is missing", []string{`{podSelector: {matchLabels: {app: db}}}`}, []expectation{
			{"shop/web", "shop/db", "5432/tcp", refused},
			{"shop/db", "shop/web", "80/tcp", open},
		}},
		{"egress counts without policyTypes where there is a rule", []string{`{podSelector: {matchLabels: {app: db}}, egress: [{to: [{podSelector: {}}]}]}`}, []expectation{
			{"shop/db", "shop/web", "80/tcp", open},
			{"shop/db", "other/web", "80/tcp", refused},
			{"shop/web", "shop/db", "80/tcp", refused},
		}},
		{"policyTypes Egress alone leaves ingress open, though no rule is for it", []string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]}`}, []expectation{
			{"shop/web", "shop/db", "5432/tcp", open},
			{"shop/db", "shop/web", "80/tcp", refused},
			{"shop/db", "192.0.2.1", "80/tcp", refused},
		}},
		{"rules for a type that policyTypes leaves out do not count", []string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], egress: [{ports: [{port: 53}]}]}`}, []expectation{
			{"shop/db", "shop/web", "80/tcp", open},
		}},
		{"a podSelector among peers means the policy's namespace", []string{`{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}`}, []expectation{
			{"shop/web", "shop/db", "5432/tcp", open},
			{"shop/far", "shop/db", "5432/tcp", open},
			{"other/web", "shop/db", "5432/tcp", refused},
		}},
		{"a namespaceSelector means all pods there, an empty one all namespaces", []string{
			`{podSelector: {matchLabels: {old: "yes"}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]}`,
			`{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}}]}]}`}, []expectation{
			{"other/near", "shop/db-old", "1/tcp", open},
			{"shop/web", "shop/db-old", "1/tcp", refused},
			{"kube-system/dns", "shop/web", "1/tcp", open},
			{"192.0.2.1", "shop/web", "1/tcp", refused},
		}},
		{"both selectors in one peer must match, in two peers either", []string{
			`{podSelector: {matchLabels: {old: "yes"}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}, podSelector: {matchLabels: {app: web}}}]}]}`,
			`{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}, {podSelector: {matchLabels: {old: "yes"}}}]}]}`}, []expectation{
			{"other/web", "shop/db-old", "1/tcp", open},
			{"other/near", "shop/db-old", "1/tcp", refused},
			{"shop/web", "shop/db-old", "1/tcp", refused},
			{"other/near", "shop/web", "1/tcp", open},
			{"shop/db-old", "shop/web", "1/tcp", open},
			{"shop/db", "shop/web", "1/tcp", refused},
		}},
		{"expressions select", []string{`{podSelector: {matchExpressions: [{key: old, operator: DoesNotExist}, {key: app, operator: In, values: [db]}]}}`}, []expectation{
			{"shop/web", "shop/db", "1/tcp", refused},
			{"shop/web", "shop/db-old", "1/tcp", open},
		}},
		{"several policies add up, and so do several rules", []string{
			`{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}, {ports: [{port: 9187}]}]}`,
			`{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}], ports: [{port: 9100}]}]}`}, []expectation{
			{"shop/web", "shop/db", "5432/tcp", open},
			{"shop/web", "shop/db", "9100/tcp", refused},
			{"192.0.2.1", "shop/db", "9187/tcp", open},
			{"other/near", "shop/db", "9100/tcp", open},
			{"other/near", "shop/db", "5432/tcp", refused},
			{"other/near", "shop/web", "9100/tcp", open},
		}},
		{"what one side allows the other may still refuse", []string{
			`{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]}`,
			`{podSelector: {matchLabels: {old: "yes"}}, policyTypes: [Ingress]}`}, []expectation{
			{"shop/web", "shop/db", "5432/tcp", open},
			{"shop/web", "shop/db-old", "5432/tcp", refused},
			{"shop/web", "other/near", "80/tcp", refused},
		}},
		{"ipBlock with exceptions, by the packet's address, pods included", []string{
			`{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.42.2.0/24, except: [10.42.2.3/32]}}, {ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.64/26, 192.0.2.0/30]}}]}]}`}, []expectation{
			{"shop/far", "shop/db", "1/tcp", open},
			{"other/web", "shop/db", "1/tcp", refused},
			{"192.0.2.3", "shop/db", "1/tcp", refused},
			{"192.0.2.4", "shop/db", "1/tcp", open},
			{"192.0.2.64", "shop/db", "1/tcp", refused},
			{"192.0.2.128", "shop/db", "1/tcp", open},
		}},
		{"what one ipBlock excepts another may allow", []string{
			`{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}, {ipBlock: {cidr: 10.42.3.2/32}}]}]}`}, []expectation{
			{"shop/db", "192.0.2.1", "443/tcp", open},
			{"shop/db", "kube-system/dns", "53/udp", open},
			{"shop/db", "shop/web", "80/tcp", refused},
		}},
		{"numbers that begin with zeros are decimal, and IPv4 addresses written as IPv6 are IPv4, as the API server reads both", []string{
			`{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 010.042.002.000/024, except: [10.42.002.003/32]}}, {ipBlock: {cidr: "::ffff:192.0.2.0/120", except: ["::ffff:192.0.2.128/121"]}}]}]}`}, []expectation{
			{"shop/far", "shop/db", "1/tcp", open},
			{"other/web", "shop/db", "1/tcp", refused},
			{"192.0.2.127", "shop/db", "1/tcp", open},
			{"192.0.2.128", "shop/db", "1/tcp", refused},
		}},
		{"every address, and none: blocks of IPv6", []string{
			`{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 80}]}]}`,
			`{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: "::/0"}}]}]}`}, []expectation{
			{"192.0.2.1", "shop/web", "80/tcp", open},
			{"192.0.2.1", "shop/web", "81/tcp", refused},
			{"192.0.2.1", "shop/db", "80/tcp", refused},
		}},
		{"ports: TCP by default, ranges, all of a protocol", []string{
			`{podSelector: {}, ingress: [{ports: [{port: 80}, {port: 8000, endPort: 8010}, {port: 8005, endPort: 8020}, {protocol: UDP, port: 53}, {protocol: SCTP}]}]}`}, []expectation{
			{"shop/web", "shop/db", "80/tcp", open},
			{"shop/web", "shop/db", "80/udp", refused},
			{"shop/web", "shop/db", "7999/tcp", refused},
			{"shop/web", "shop/db", "8000/tcp", open},
			{"shop/web", "shop/db", "8020/tcp", open},
			{"shop/web", "shop/db", "8021/tcp", refused},
			{"shop/web", "shop/db", "53/udp", open},
			{"shop/web", "shop/db", "53/tcp", refused},
			{"shop/web", "shop/db", "7/sctp", open},
			{"shop/web", "shop/db", "0/icmp", refused},
		}},
		{"a named port is each selected pod's own, by name and protocol", []string{
			`{podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: sql}, {port: stats}]}]}`}, []expectation{
			{"shop/web", "shop/db", "5432/tcp", open},
			{"shop/web", "shop/db", "3306/tcp", refused},
			{"shop/web", "shop/db", "9999/tcp", refused},
			{"shop/web", "shop/db-old", "3306/tcp", open},
			{"shop/web", "shop/db-old", "5432/tcp", refused},
			{"shop/web", "shop/db", "9000/udp", refused},
			{"shop/web", "shop/db", "9000/tcp", refused},
			{"other/web", "shop/db", "5432/tcp", refused},
		}},
		{"a named port of egress is the peers', wherever they are", []string{
			`{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: b}}}], ports: [{port: http}]}]}`,
			`{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: http}]}, {to: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: http}]}]}`}, []expectation{
			{"shop/db", "other/web", "80/tcp", open},
			{"shop/db", "shop/far", "8080/tcp", refused},
			{"shop/web", "shop/far", "8080/tcp", open},
			{"shop/web", "other/web", "80/tcp", open},
			{"shop/web", "other/web", "8080/tcp", refused},
			{"shop/web", "192.0.2.1", "80/tcp", refused},
		}},
		{"a pod reaches itself by its Service, whatever is closed", []string{`{podSelector: {}, policyTypes: [Ingress, Egress]}`}, []expectation{
			{"shop/db", "shop/db", "5432/tcp", open},
			{"shop/db", "shop/db-old", "5432/tcp", refused},
		}},
		{"another node's own address is known, and no pod's", []string{`{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress], ingress: [{from: [{namespaceSelector: {}}]}]}`,
			`{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 10.42.2.0/32}}]}]}`}, []expectation{
			{"10.42.2.0", "shop/db", "80/tcp", refused},
			{"shop/db", "10.42.2.0", "80/tcp", refused},
			{"10.42.2.0", "shop/web", "80/tcp", open},
			{"10.42.2.0", "other/near", "80/tcp", open},
			{"10.42.9.0", "shop/db", "80/tcp", dropped}, // of a node that has only just come
		}},
		{"a pod that nobody knows yet waits, and one that its peer does not know is not refused for ever", []string{`{podSelector: {}, policyTypes: [Ingress, Egress]}`}, []expectation{
			{"10.42.1.99", "other/near", "80/tcp", dropped},
			{"10.42.1.99", "192.0.2.1", "80/tcp", dropped},
			{"other/near", "10.42.1.99", "80/tcp", nobody},
			{"10.42.2.99", "shop/db", "80/tcp", dropped},
			{"shop/db", "10.42.2.99", "80/tcp", dropped},
			{"10.42.2.99", "other/near", "80/tcp", open},
		}},
	} {
		s := world()
		for i, spec := range c.policies {
			s.Policies = append(s.Policies, networkPolicy(t, fmt.Sprint("p", i), spec))
		}
		table := render(t, s)
		for _, e := range c.want {
			if got := table.verdict(t, seen(s, e.from, e.to, e.port)); got != e.want {
				t.Errorf("%s: %s to %s by %s: %s, want %s", c.name, e.from, e.to, e.port, got, e.want)
			}
		}
	}
}

func TestWhatCannotBeReadAllowsNothing(t *testing.T) {
	s := world()
	for i, spec := range []string{
		`{podSelector: {matchLabels: {old: "yes"}}, ingress: [{from: [{ipBlock: {cidr: 300.0.0.0/8}}, {podSelector: {}}]}, {ports: [{port: 9187}]}]}`,
		`{podSelector: {matchLabels: {old: "yes"}}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [nonsense]}}]}]}`,
		`{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}`,
	} {
		s.Policies = append(s.Policies, networkPolicy(t, fmt.Sprint("p", i), spec))
	}
	elsewhere := networkPolicy(t, "p", `{podSelector: {matchLabels: {app: "not a label"}}, ingress: [{}]}`)
	elsewhere.Namespace = "other"
	openedAgain := networkPolicy(t, "q", `{podSelector: {}, ingress: [{ports: [{port: 80}]}]}`)
	openedAgain.Namespace = "other"
	s.Policies = append(s.Policies, elsewhere, openedAgain)
	table, err := Render(s)
	for _, want := range []string{"shop/p0: ingress: ipBlock: ", "shop/p1: ingress: ipBlock.except: ", "other/p: podSelector: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	for _, e := range []expectation{
		{"shop/web", "shop/db-old", "1/tcp", refused},
		{"192.0.2.1", "shop/db-old", "1/tcp", refused},
		{"192.0.2.1", "shop/db-old", "9187/tcp", open}, // a rule beside the one that cannot be read
		{"shop/db", "shop/web", "1/tcp", open},
		{"192.0.2.1", "shop/web", "1/tcp", refused},
		{"shop/web", "shop/db", "1/tcp", open}, // no policy selects it
		{"shop/web", "other/near", "1/tcp", refused},
		{"shop/web", "other/near", "80/tcp", open},
	} {
		if got := table.verdict(t, seen(s, e.from, e.to, e.port)); got != e.want {
			t.Errorf("%s to %s by %s: %s, want %s", e.from, e.to, e.port, got, e.want)
		}
	}
}

func TestWithoutPoliciesEveryPodIsOpen(t *testing.T) {
	s := world()
	table := render(t, s)
	for _, from := range s.Pods {
		for _, to := range s.Pods {
			p := seen(s, from.Namespace+"/"+from.Name, to.Namespace+"/"+to.Name, "80/tcp")
			if got := table.verdict(t, p); got != open {
				t.Errorf("%s to %s: %s", from.Name, to.Name, got)
			}
		}
	}
}

func TestOnlyWhatThisNodeNeeds(t *testing.T) {
	s := world()
	s.Policies = append(s.Policies, networkPolicy(t, "p", `{podSelector: {matchLabels: {app: nothing-here}}, ingress: [{from: [{namespaceSelector: {}}]}]}`))
	table := render(t, s)
	if got := len(table.chains); got != len(frame(clusterCIDR).chains) {
		t.Errorf("%d chains: %v", got, names(table.chains))
	}
}

func TestPodsWithTheSamePoliciesShareAChain(t *testing.T) {
	s := world()
	s.Policies = append(s.Policies, networkPolicy(t, "p", `{podSelector: {}}`))
	table := render(t, s)
	verdicts := table.sets[ingressMap].elements
	if verdicts["10.42.1.2"] != verdicts["10.42.1.4"] || verdicts["10.42.1.5"] != "accept" {
		t.Error(verdicts)
	}
}

func TestText(t *testing.T) {
	s := world()
	s.Pods, s.Nodes = s.Pods[:3], s.Nodes[1:]
	s.Policies = append(s.Policies, networkPolicy(t, "allow", `
podSelector: {matchLabels: {app: db}}
ingress:
- from: [{podSelector: {matchLabels: {app: web}}}, {ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/25]}}]
  ports: [{port: sql}, {protocol: UDP, port: 53}, {port: 80}, {port: 8000, endPort: 8010}]
`))
	tx := knftables.NewFake(knftables.InetFamily, TableName).NewTransaction()
	render(t, s).replace(tx)
	want, err := os.ReadFile("testdata/allow.nft")
	if err != nil {
		t.Fatal(err)
	}
	if got := tx.String(); got != string(want) {
		t.Errorf("got:\n%s", got)
	}
}
