// Package nodes does for the nodes what K3s' server does: its own role labels, the nodes' names in
// CoreDNS, and a deleted node's name given free.
package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"

	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/join"
)

const (
	roleLabel = "node-role.kubernetes.io/control-plane"
	etcdLabel = "node-role.kubernetes.io/etcd"
)

// Controller keeps what depends on the nodes.
type Controller struct {
	Server string       // the server's own node
	Member *etcd.Member // its part of a store that several servers have; nil: it has none
	DNS    bool         // CoreDNS is deployed

	kube  kubernetes.Interface
	nodes listers.NodeLister
}

// New makes a controller over shared informers.
func New(kube kubernetes.Interface, f informers.SharedInformerFactory, server string, member *etcd.Member, dns bool) *Controller {
	return &Controller{Server: server, Member: member, DNS: dns, kube: kube, nodes: f.Core().V1().Nodes().Lister()}
}

// Reconcile sets the role labels and CoreDNS' NodeHosts.
func (c *Controller) Reconcile(ctx context.Context) error {
	nodes, err := c.nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if n.Name == c.Server && n.DeletionTimestamp == nil {
			if err := c.mark(ctx, n); err != nil {
				return err
			}
		}
	}
	if !c.DNS {
		return nil
	}
	return c.setHosts(ctx, Hosts(nodes))
}

// mark makes the server's own node known as one.
func (c *Controller) mark(ctx context.Context, n *core.Node) error {
	wanted := n.DeepCopy()
	if wanted.Labels == nil {
		wanted.Labels = map[string]string{}
	}
	wanted.Labels[roleLabel] = "true"
	if c.Member != nil {
		wanted.Labels[etcdLabel] = "true"
		if err := c.Member.Mark(wanted); err != nil {
			return err
		}
	}
	if reflect.DeepEqual(wanted, n) {
		return nil
	}
	patch, err := difference(n, wanted)
	if err != nil {
		return err
	}
	_, err = c.kube.CoreV1().Nodes().Patch(ctx, n.Name, types.MergePatchType, patch, meta.PatchOptions{})
	return err
}

// difference is a patch that other changes of the node do not stop: it changes all the time when it has just begun. Only a
// list of finalizers, which is replaced as a whole, holds for the node as it was seen.
func difference(seen, wanted *core.Node) ([]byte, error) {
	if len(seen.Finalizers) != len(wanted.Finalizers) {
		seen = seen.DeepCopy()
		seen.ResourceVersion = ""
	}
	from, err := json.Marshal(seen)
	if err != nil {
		return nil, err
	}
	to, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	return jsonpatch.CreateMergePatch(from, to)
}

// Hosts is the nodes as a hosts file.
func Hosts(nodes []*core.Node) string {
	var lines []string
	for _, n := range nodes {
		for _, a := range n.Status.Addresses {
			if a.Type == core.NodeInternalIP {
				lines = append(lines, a.Address+" "+n.Name+"\n")
			}
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}

func (c *Controller) setHosts(ctx context.Context, hosts string) error {
	maps := c.kube.CoreV1().ConfigMaps(meta.NamespaceSystem)
	m, err := maps.Get(ctx, "coredns", meta.GetOptions{})
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("CoreDNS' ConfigMap is not there yet")
	}
	if err != nil || m.Data["NodeHosts"] == hosts {
		return err
	}
	patch, err := json.Marshal(map[string]any{"data": map[string]string{"NodeHosts": hosts}})
	if err != nil {
		return err
	}
	_, err = maps.Patch(ctx, "coredns", types.MergePatchType, patch, meta.PatchOptions{})
	return err
}

// Forget deletes a deleted node's password, so that another machine may take its name.
func (c *Controller) Forget(ctx context.Context, node string) error {
	err := c.kube.CoreV1().Secrets(meta.NamespaceSystem).Delete(ctx, join.PasswordSecret(node), meta.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
