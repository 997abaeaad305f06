package nodes

import (
	"context"
	"testing"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

func node(name, ip string) *core.Node {
	return &core.Node{ObjectMeta: meta.ObjectMeta{Name: name}, Status: core.NodeStatus{Addresses: []core.NodeAddress{{Type: core.NodeInternalIP, Address: ip}, {Type: core.NodeHostName, Address: name}}}}
}

func TestReconcile(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	kube := fake.NewClientset(node("multi", "10.0.0.1"), node("agent1", "10.0.0.2"),
		&core.ConfigMap{ObjectMeta: meta.ObjectMeta{Name: "coredns", Namespace: "kube-system"}, Data: map[string]string{"Corefile": "x"}})
	f := informers.NewSharedInformerFactory(kube, 0)
	c := New(kube, f, "multi", nil, true)
	f.Start(ctx.Done())
	f.WaitForCacheSync(ctx.Done())
	if err := c.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"multi": "true", "agent1": ""} {
		if n, _ := kube.CoreV1().Nodes().Get(ctx, name, meta.GetOptions{}); n.Labels[roleLabel] != want {
			t.Errorf("%s: %v", name, n.Labels)
		}
	}
	m, _ := kube.CoreV1().ConfigMaps("kube-system").Get(ctx, "coredns", meta.GetOptions{})
	if m.Data["NodeHosts"] != "10.0.0.1 multi\n10.0.0.2 agent1\n" || m.Data["Corefile"] != "x" {
		t.Errorf("%q", m.Data)
	}
}

func TestForget(t *testing.T) {
	ctx := context.Background()
	kube := fake.NewClientset(&core.Secret{ObjectMeta: meta.ObjectMeta{Name: "a.node-password.k3s", Namespace: "kube-system"}})
	c := New(kube, informers.NewSharedInformerFactory(kube, 0), "multi", nil, true)
	for range 2 {
		if err := c.Forget(ctx, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := kube.CoreV1().Secrets("kube-system").Get(ctx, "a.node-password.k3s", meta.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Error(err)
	}
}
