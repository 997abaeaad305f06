// Package nodes does for the nodes what K3s' server does: its own role label, the nodes' names in
// CoreDNS, and a deleted node's name given free.
package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"

	"k3s-lab/k3s/internal/join"
)

const roleLabel = "node-role.kubernetes.io/control-plane"

// Controller keeps what depends on the nodes.
type Controller struct {
	Server string // the server's own node
	DNS    bool   // CoreDNS is deployed

	kube  kubernetes.Interface
	nodes listers.NodeLister
}

// New makes a controller over shared informers.
func New(kube kubernetes.Interface, f informers.SharedInformerFactory, server string, dns bool) *Controller {
	return &Controller{Server: server, DNS: dns, kube: kube, nodes: f.Core().V1().Nodes().Lister()}
}

// Reconcile sets the role label and CoreDNS' NodeHosts.
func (c *Controller) Reconcile(ctx context.Context) error {
	nodes, err := c.nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if n.Name == c.Server && n.Labels[roleLabel] != "true" {
			patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:"true"}}}`, roleLabel)
			if _, err := c.kube.CoreV1().Nodes().Patch(ctx, n.Name, types.MergePatchType, patch, meta.PatchOptions{}); err != nil {
				return err
			}
		}
	}
	if !c.DNS {
		return nil
	}
	return c.setHosts(ctx, Hosts(nodes))
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
