package etcd

import (
	"context"
	"slices"

	clientv3 "go.etcd.io/etcd/client/v3"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
)

// What K3s writes at the node of a member. With the finalizer the node goes only once its member is gone.
const (
	nameAnnotation    = "etcd.k3s.cattle.io/node-name"
	addressAnnotation = "etcd.k3s.cattle.io/node-address"
	finalizer         = "wrangler.cattle.io/managed-etcd-controller"
)

// Mark writes at the member's node which member it has.
func (m *Member) Mark(n *core.Node) error {
	name, err := m.Name()
	if err != nil {
		return err
	}
	meta.SetMetaDataAnnotation(&n.ObjectMeta, nameAnnotation, name)
	meta.SetMetaDataAnnotation(&n.ObjectMeta, addressAnnotation, m.Address.String())
	if !slices.Contains(n.Finalizers, finalizer) {
		n.Finalizers = append(n.Finalizers, finalizer)
	}
	return nil
}

// Leavers takes the members of nodes that are deleted out of the store.
type Leavers struct {
	store *clientv3.Client
	kube  kubernetes.Interface
	nodes listers.NodeLister
}

// NewLeavers makes a controller over shared informers.
func NewLeavers(store *clientv3.Client, kube kubernetes.Interface, f informers.SharedInformerFactory) *Leavers {
	return &Leavers{store, kube, f.Core().V1().Nodes().Lister()}
}

// Reconcile removes the members of all nodes that wait for it.
func (l *Leavers) Reconcile(ctx context.Context) error {
	nodes, err := l.nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if n.DeletionTimestamp == nil || !slices.Contains(n.Finalizers, finalizer) {
			continue
		}
		if err := Remove(ctx, l.store, n.Annotations[nameAnnotation]); err != nil {
			return err
		}
		rest := n.DeepCopy()
		rest.Finalizers = slices.DeleteFunc(rest.Finalizers, func(f string) bool { return f == finalizer })
		if _, err := l.kube.CoreV1().Nodes().Update(ctx, rest, meta.UpdateOptions{}); err != nil {
			return err
		}
	}
	return nil
}
