package nodewatch

import (
	"context"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func TestPodCIDRComesLater(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	kube := fake.NewClientset()
	go func() {
		n, _ := kube.CoreV1().Nodes().Create(ctx, &core.Node{ObjectMeta: meta.ObjectMeta{Name: "a"}}, meta.CreateOptions{})
		time.Sleep(20 * time.Millisecond)
		n.Spec.PodCIDR = "10.42.3.0/24"
		kube.CoreV1().Nodes().Update(ctx, n, meta.UpdateOptions{})
	}()
	if err := Registered(ctx, kube, "a"); err != nil {
		t.Fatal(err)
	}
	if got, err := PodCIDR(ctx, kube, "a"); got != "10.42.3.0/24" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestGivesUpWithTheContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := PodCIDR(ctx, fake.NewClientset(), "a"); err == nil {
		t.Error("no error")
	}
}

func TestAnnotateLeavesOthers(t *testing.T) {
	ctx := context.Background()
	kube := fake.NewClientset(&core.Node{ObjectMeta: meta.ObjectMeta{Name: "a", Annotations: map[string]string{"old": "1"}}})
	if err := Annotate(ctx, kube, "a", "example.org/new", `{"a":"b"}`); err != nil {
		t.Fatal(err)
	}
	n, err := kube.CoreV1().Nodes().Get(ctx, "a", meta.GetOptions{})
	if err != nil || len(n.Annotations) != 2 || n.Annotations["old"] != "1" || n.Annotations["example.org/new"] != `{"a":"b"}` {
		t.Error(n, err)
	}
}
