package servicelb

import (
	"context"
	"fmt"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

func node(name, ip string, change ...func(*core.Node)) *core.Node {
	n := &core.Node{ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{}, Annotations: map[string]string{}}}
	n.Status.Addresses = []core.NodeAddress{{Type: core.NodeInternalIP, Address: ip}, {Type: core.NodeHostName, Address: name}}
	n.Status.Conditions = []core.NodeCondition{{Type: core.NodeReady, Status: core.ConditionTrue}}
	for _, f := range change {
		f(n)
	}
	return n
}

func notReady(n *core.Node) { n.Status.Conditions[0].Status = core.ConditionFalse }
func enabled(n *core.Node)  { n.Labels[enableLabel] = "true" }
func external(ip string) func(*core.Node) {
	return func(n *core.Node) { n.Annotations[ExternalIPAnnotation] = ip }
}

func service(name string, age int, port int32) *core.Service {
	s := &core.Service{ObjectMeta: meta.ObjectMeta{Name: name, Namespace: "x", CreationTimestamp: meta.NewTime(time.Unix(int64(1000-age), 0))}}
	s.Spec.Type, s.Spec.Ports = core.ServiceTypeLoadBalancer, []core.ServicePort{{Port: port, Protocol: core.ProtocolTCP}}
	return s
}

func ips(l []core.LoadBalancerIngress) string {
	out := []string{}
	for _, i := range l {
		out = append(out, i.IP)
	}
	return fmt.Sprint(out)
}

func TestSelection(t *testing.T) {
	for _, c := range []struct {
		name  string
		nodes []*core.Node
		want  string
	}{
		{"every ready node, in order", []*core.Node{node("c", "10.0.0.10"), node("a", "10.0.0.2"), node("b", "10.0.0.3", notReady)}, "[10.0.0.2 10.0.0.10]"},
		{"external before internal", []*core.Node{node("a", "10.0.0.2", external("192.0.2.1"))}, "[192.0.2.1]"},
		{"allow-list", []*core.Node{node("a", "10.0.0.2"), node("b", "10.0.0.3", enabled)}, "[10.0.0.3]"},
		{"allow-list with its node down", []*core.Node{node("a", "10.0.0.2"), node("b", "10.0.0.3", enabled, notReady)}, "[]"},
		{"no node", nil, "[]"},
	} {
		if got := ips(Wanted([]*core.Service{service("s", 0, 80)}, c.nodes, nil)["x/s"]); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestPublishedNodeStaysUntilItIsLost(t *testing.T) {
	s := service("s", 0, 80)
	s.Status.LoadBalancer.Ingress = []core.LoadBalancerIngress{{IP: "10.0.0.2"}, {IP: "10.0.0.3"}}
	lost := func(n *core.Node) { n.Status.Conditions[0].Status = core.ConditionUnknown }
	nodes := []*core.Node{node("a", "10.0.0.2", notReady), node("b", "10.0.0.3", lost), node("c", "10.0.0.4", notReady)}
	if got := ips(Wanted([]*core.Service{s}, nodes, nil)["x/s"]); got != "[10.0.0.2]" {
		t.Error(got)
	}
}

func TestPortBelongsToTheOldest(t *testing.T) {
	got := Wanted([]*core.Service{service("young", 1, 80), service("old", 9, 80), service("other", 0, 81)}, []*core.Node{node("a", "10.0.0.2")}, nil)
	if ips(got["x/old"]) != "[10.0.0.2]" || ips(got["x/young"]) != "[]" || ips(got["x/other"]) != "[10.0.0.2]" {
		t.Error(got)
	}
}

func TestNotOurs(t *testing.T) {
	class := "other/lb"
	a, b := service("class", 0, 80), service("clusterip", 0, 81)
	a.Spec.LoadBalancerClass, b.Spec.Type = &class, core.ServiceTypeClusterIP
	if got := Wanted([]*core.Service{a, b}, []*core.Node{node("a", "10.0.0.2")}, nil); len(got) != 0 {
		t.Error(got)
	}
}

func TestLocalTrafficPolicy(t *testing.T) {
	s, on := service("s", 0, 80), "b"
	s.Spec.ExternalTrafficPolicy = core.ServiceExternalTrafficPolicyLocal
	slice := &discovery.EndpointSlice{ObjectMeta: meta.ObjectMeta{Namespace: "x", Labels: map[string]string{discovery.LabelServiceName: "s"}}, Endpoints: []discovery.Endpoint{{NodeName: &on}}}
	nodes := []*core.Node{node("a", "10.0.0.2"), node("b", "10.0.0.3")}
	if got := ips(Wanted([]*core.Service{s}, nodes, []*discovery.EndpointSlice{slice})["x/s"]); got != "[10.0.0.3]" {
		t.Error(got)
	}
}

func TestReconcileWritesAndClears(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pending, gone := service("pending", 0, 80), service("gone", 0, 81)
	gone.Spec.LoadBalancerClass = nil
	gone.Status.LoadBalancer.Ingress = []core.LoadBalancerIngress{{IP: "10.0.0.9"}}
	kube := fake.NewClientset([]runtime.Object{pending, gone, node("a", "10.0.0.2")}...)
	f := informers.NewSharedInformerFactory(kube, 0)
	c := New(kube, f)
	f.Start(ctx.Done())
	f.WaitForCacheSync(ctx.Done())
	if err := c.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pending", "gone"} {
		got, err := kube.CoreV1().Services("x").Get(ctx, name, meta.GetOptions{})
		if err != nil || ips(got.Status.LoadBalancer.Ingress) != "[10.0.0.2]" {
			t.Errorf("%s: %v, %v", name, got.Status.LoadBalancer.Ingress, err)
		}
	}
}
