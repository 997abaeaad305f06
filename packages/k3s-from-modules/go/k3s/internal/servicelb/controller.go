package servicelb

import (
	"context"
	"encoding/json"
	"log/slog"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
)

// Controller writes the status of LoadBalancer Services.
type Controller struct {
	kube     kubernetes.Interface
	services corelisters.ServiceLister
	nodes    corelisters.NodeLister
	slices   discoverylisters.EndpointSliceLister
}

// New makes a controller over shared informers; changed is called whenever Reconcile has something to look at.
func New(kube kubernetes.Interface, f informers.SharedInformerFactory) *Controller {
	return &Controller{kube, f.Core().V1().Services().Lister(), f.Core().V1().Nodes().Lister(), f.Discovery().V1().EndpointSlices().Lister()}
}

// Reconcile makes every status what it should be.
func (c *Controller) Reconcile(ctx context.Context) error {
	services, err := c.services.List(labels.Everything())
	if err != nil {
		return err
	}
	nodes, err := c.nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	slices, err := c.slices.List(labels.Everything())
	if err != nil {
		return err
	}
	wanted := Wanted(services, nodes, slices)
	for _, s := range services {
		want, ours := wanted[key(s)]
		if !ours || same(s.Status.LoadBalancer.Ingress, want) {
			continue
		}
		patch, err := json.Marshal(map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": want}}})
		if err != nil {
			return err
		}
		_, err = c.kube.CoreV1().Services(s.Namespace).Patch(ctx, s.Name, types.MergePatchType, patch, meta.PatchOptions{}, "status")
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
		slog.Info("load balancer addresses", "service", key(s), "nodes", len(want))
	}
	return nil
}

func same(have, want []core.LoadBalancerIngress) bool {
	if len(have) != len(want) {
		return false
	}
	for i := range have {
		if have[i].IP != want[i].IP {
			return false
		}
	}
	return true
}
