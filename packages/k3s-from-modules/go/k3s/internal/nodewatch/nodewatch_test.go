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
