package netpolicy

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/knftables"

	"golang.org/x/sys/unix"
)

var specs = []string{
	`{podSelector: {}}`,
	`{podSelector: {}, policyTypes: [Ingress, Egress], egress: [{ports: [{protocol: UDP, port: 53}]}]}`,
	`{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: web}]}]}`,
	`{podSelector: {matchLabels: {app: b}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}, {ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}`,
	`{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: b}}}], ports: [{port: web}, {port: 1, endPort: 9}, {protocol: SCTP, port: 7}]}]}`,
	`{podSelector: {matchLabels: {app: b}}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{to: [{podSelector: {}}]}]}`,
	`{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "::/0"}}, {ipBlock: {cidr: 10.42.0.0/30}}]}]}`,
}

// vary makes a change such as a cluster sees.
func vary(t *testing.T, r *rand.Rand, s State) State {
	out := State{ClusterCIDR: s.ClusterCIDR, Policies: slices.Clone(s.Policies), Pods: slices.Clone(s.Pods),
		Namespaces: map[string]labels.Set{"shop": {"team": string("ab"[r.IntN(2)])}, "other": {"team": "a"}}}
	switch r.IntN(5) {
	case 0:
		p := networkPolicy(t, fmt.Sprint("p", r.IntN(5)), specs[r.IntN(len(specs))])
		p.Namespace = []string{"shop", "other"}[r.IntN(2)]
		out.Policies = slices.DeleteFunc(out.Policies, func(old *networking.NetworkPolicy) bool { return old.Name == p.Name && old.Namespace == p.Namespace })
		out.Policies = append(out.Policies, p)
	case 1:
		if n := len(out.Policies); n != 0 {
			i := r.IntN(n)
			out.Policies = slices.Delete(out.Policies, i, i+1)
		}
	case 2, 3:
		ip := fmt.Sprintf("10.42.%d.%d", 1+r.IntN(2), 2+r.IntN(20))
		out.Pods = slices.DeleteFunc(out.Pods, func(p Pod) bool { return p.Address.String() == ip })
		one := pod([]string{"shop", "other"}[r.IntN(2)], ip, ip, labels.Set{"app": string("abc"[r.IntN(3)])}, port("web", int32(80+r.IntN(3)), "TCP"))
		out.Pods = append(out.Pods, one)
	default:
		if n := len(out.Pods); n != 0 {
			i := r.IntN(n)
			out.Pods = slices.Delete(out.Pods, i, i+1)
		}
	}
	return out
}

// content is what a table holds; the order of elements means nothing.
func content(f *knftables.Fake) string {
	var rules, others []string
	for line := range strings.Lines(f.Dump()) {
		if strings.HasPrefix(line, "add rule") {
			rules = append(rules, line)
		} else {
			others = append(others, line)
		}
	}
	slices.Sort(others)
	return strings.Join(append(rules, others...), "")
}

func TestChangesEndInWhatAReplacementIs(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		changed := knftables.NewFake(knftables.InetFamily, TableName)
		a := applier{nft: changed}
		s := State{ClusterCIDR: clusterCIDR}
		for step := range 60 {
			s = vary(t, r, s)
			if err := a.apply(ctx, render(t, s)); err != nil {
				t.Fatalf("seed %d step %d: %v", seed, step, err)
			}
			fresh := knftables.NewFake(knftables.InetFamily, TableName)
			if err := (&applier{nft: fresh}).apply(ctx, render(t, s)); err != nil {
				t.Fatal(err)
			}
			if got, want := content(changed), content(fresh); got != want {
				t.Fatalf("seed %d step %d: changed to\n%s\nwant\n%s", seed, step, got, want)
			}
		}
	}
}

// TestTheKernelTakesEveryChange needs root: it makes a network namespace that ends with it.
func TestTheKernelTakesEveryChange(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil || os.Getuid() != 0 {
		t.Skip("needs root and nft")
	}
	done := make(chan struct{})
	go func() { // the thread ends with it, and the namespace with the thread
		defer close(done)
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Errorf("network namespace: %v", err)
			return
		}
		nft, err := Open()
		if err != nil {
			t.Error(err)
			return
		}
		ctx := context.Background()
		a, r, s := applier{nft: nft}, rand.New(rand.NewPCG(7, 7)), State{ClusterCIDR: clusterCIDR}
		for step := range 60 {
			s = vary(t, r, s)
			if err := a.apply(ctx, render(t, s)); err != nil {
				t.Errorf("step %d: %v", step, err)
				return
			}
		}
		for range 2 {
			s := crowd(t)
			for range 2 {
				table, began := render(t, s), time.Now()
				if err := a.apply(ctx, table); err != nil {
					t.Errorf("a thousand policies: %v", err)
				}
				t.Logf("%d policies and %d pods: %v", len(s.Policies), len(s.Pods), time.Since(began))
				s.Pods = s.Pods[1:]
			}
		}
		if err := a.check(ctx); err != nil || a.last == nil {
			t.Errorf("the table is not seen: %v", err)
		}
		if err := a.remove(ctx); err != nil {
			t.Error(err)
		}
		if err := a.check(ctx); err != nil || a.last != nil {
			t.Errorf("the table is still seen: %v", err)
		}
	}()
	<-done
}

func TestNothingIsDoneWhereNothingChanged(t *testing.T) {
	ctx, fake := context.Background(), knftables.NewFake(knftables.InetFamily, TableName)
	a := applier{nft: fake}
	if err := a.apply(ctx, render(t, world())); err != nil {
		t.Fatal(err)
	}
	fake.LastTransaction = nil
	if err := a.apply(ctx, render(t, world())); err != nil || fake.LastTransaction != nil {
		t.Errorf("%v, %v", fake.LastTransaction, err)
	}
}

func TestAfterAFailureEverythingIsReplaced(t *testing.T) {
	ctx, fake := context.Background(), knftables.NewFake(knftables.InetFamily, TableName)
	a := applier{nft: fake}
	s := world()
	if err := a.apply(ctx, render(t, s)); err != nil {
		t.Fatal(err)
	}
	tx := fake.NewTransaction() // somebody takes what the next change builds on
	tx.Delete(&knftables.Element{Map: egressMap, Key: []string{"10.42.1.2"}})
	if err := fake.Run(ctx, tx); err != nil {
		t.Fatal(err)
	}
	s.Pods = s.Pods[1:]
	if err := a.apply(ctx, render(t, s)); err == nil {
		t.Fatal("deleted what is not there")
	}
	if err := a.apply(ctx, render(t, s)); err != nil {
		t.Fatal(err)
	}
	fresh := knftables.NewFake(knftables.InetFamily, TableName)
	if err := (&applier{nft: fresh}).apply(ctx, render(t, s)); err != nil {
		t.Fatal(err)
	}
	if content(fake) != content(fresh) {
		t.Error(content(fake))
	}
}

// crowd is 1,000 policies over 1,000 pods in 50 namespaces; a tenth of the pods is on this node.
func crowd(t testing.TB) State {
	s := State{ClusterCIDR: clusterCIDR, Namespaces: map[string]labels.Set{}}
	for i := range 1000 {
		namespace := fmt.Sprint("ns", i%50)
		s.Namespaces[namespace] = labels.Set{"team": fmt.Sprint(i % 5)}
		a := netip.AddrFrom4([4]byte{10, 42, byte(1 + i/100), byte(2 + i%100)})
		s.Pods = append(s.Pods, Pod{Namespace: namespace, Name: fmt.Sprint("pod", i), Labels: labels.Set{"app": fmt.Sprint(i % 20)},
			Address: a, Local: i < 100})
		p := &networking.NetworkPolicy{}
		p.Namespace, p.Name = namespace, fmt.Sprint("policy", i)
		p.Spec.PodSelector.MatchLabels = map[string]string{"app": fmt.Sprint(i % 20)}
		from := networking.NetworkPolicyPeer{NamespaceSelector: selector("team", fmt.Sprint(i%5)), PodSelector: selector("app", fmt.Sprint((i+1)%20))}
		p.Spec.Ingress = []networking.NetworkPolicyIngressRule{{From: []networking.NetworkPolicyPeer{from}}}
		s.Policies = append(s.Policies, p)
	}
	return s
}

func BenchmarkRenderThousand(b *testing.B) {
	s := crowd(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Render(s); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAThousandPoliciesAndPods bounds what a change costs, far above what it takes: ten milliseconds.
func TestAThousandPoliciesAndPods(t *testing.T) {
	s := crowd(t)
	began := time.Now()
	table := render(t, s)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("rendered in %v", took)
	}
	fake := knftables.NewFake(knftables.InetFamily, TableName)
	s.Pods = s.Pods[:len(s.Pods)-1]
	tx := fake.NewTransaction()
	render(t, s).update(tx, table)
	if n := tx.NumOperations(); n == 0 || n > 5 {
		t.Errorf("a pod that goes takes %d operations", n)
	}
}
