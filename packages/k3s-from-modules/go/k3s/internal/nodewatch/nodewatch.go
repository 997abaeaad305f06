// Package nodewatch waits for this node's own Node object, and annotates it.
package nodewatch

import (
	"context"
	"encoding/json"
	"fmt"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	watchtools "k8s.io/client-go/tools/watch"
)

// Client reads a kubeconfig file.
func Client(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

// PodCIDR waits until the node is registered and has its part of the cluster CIDR.
func PodCIDR(ctx context.Context, kube kubernetes.Interface, node string) (string, error) {
	var cidr string
	err := until(ctx, kube, node, func(n *core.Node) bool {
		cidr = n.Spec.PodCIDR
		return cidr != ""
	})
	if err != nil {
		return "", fmt.Errorf("waiting for the pod CIDR of node %s: %w", node, err)
	}
	return cidr, nil
}

// Registered waits until the node is there.
func Registered(ctx context.Context, kube kubernetes.Interface, node string) error {
	if err := until(ctx, kube, node, func(*core.Node) bool { return true }); err != nil {
		return fmt.Errorf("waiting for node %s: %w", node, err)
	}
	return nil
}

// Annotate sets one annotation of the node.
func Annotate(ctx context.Context, kube kubernetes.Interface, node, name, value string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{name: value}}})
	if err != nil {
		return err
	}
	_, err = kube.CoreV1().Nodes().Patch(ctx, node, types.MergePatchType, patch, meta.PatchOptions{})
	return err
}

func until(ctx context.Context, kube kubernetes.Interface, node string, ok func(*core.Node) bool) error {
	// A kubelet may list and watch its own node only.
	selector := fields.OneTermEqualSelector(meta.ObjectNameField, node).String()
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o meta.ListOptions) (runtime.Object, error) {
			o.FieldSelector = selector
			return kube.CoreV1().Nodes().List(ctx, o)
		},
		WatchFuncWithContext: func(ctx context.Context, o meta.ListOptions) (watch.Interface, error) {
			o.FieldSelector = selector
			return kube.CoreV1().Nodes().Watch(ctx, o)
		},
	}
	_, err := watchtools.UntilWithSync(ctx, lw, &core.Node{}, nil, func(e watch.Event) (bool, error) {
		n, isNode := e.Object.(*core.Node)
		return isNode && e.Type != watch.Deleted && ok(n), nil
	})
	return err
}
