package localpath

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/util/wait"
	apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	nodeutil "k8s.io/kubernetes/pkg/util/node"
)

// dispatcher gives orders to nodes, as the only one that writes them.
type dispatcher struct {
	kube     kubernetes.Interface
	nodes    listers.NodeLister
	patience time.Duration // for one answer

	mu   sync.Mutex
	open map[string]map[string]order // by node, by id
}

// unanswered is an order of which nobody knows whether it was carried out: another node may be asked instead.
type unanswered struct{ reason string }

func (u *unanswered) Error() string { return u.reason }

// send has a node carry out an order. When it returns, the order is withdrawn: a node that comes back later does not find
// it. That an order could not be withdrawn is an error, too.
func (d *dispatcher) send(ctx context.Context, node string, o order) error {
	if _, err := d.present(node); err != nil {
		return err
	}
	id := string(uuid.NewUUID())
	err := d.write(ctx, node, func(open map[string]order) { open[id] = o })
	if err == nil {
		err = d.await(ctx, node, id)
	}
	return errors.Join(err, d.write(ctx, node, func(open map[string]order) { delete(open, id) }))
}

// present gives a node that may answer. The API calls a node Ready for up to 40 s after it went away.
func (d *dispatcher) present(node string) (*core.Node, error) {
	n, err := d.nodes.Get(node)
	if apierrors.IsNotFound(err) {
		return nil, &unanswered{fmt.Sprintf("node %s does not exist", node)}
	}
	if err == nil && !nodeutil.IsNodeReady(n) {
		return nil, &unanswered{fmt.Sprintf("node %s is not Ready", node)}
	}
	return n, err
}

func (d *dispatcher) await(ctx context.Context, node, id string) error {
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, d.patience, true, func(context.Context) (bool, error) {
		n, err := d.present(node)
		if err != nil {
			return false, err
		}
		answers, err := answersOf(n)
		if err != nil {
			return false, err
		}
		answer, there := answers[id]
		if answer != "" {
			return false, fmt.Errorf("node %s: %s", node, answer)
		}
		return there, nil
	})
	if wait.Interrupted(err) && ctx.Err() == nil {
		return &unanswered{fmt.Sprintf("node %s has not answered within %v", node, d.patience)}
	}
	return err
}

// write changes a node's open orders, in memory and then for the nodes to read.
func (d *dispatcher) write(ctx context.Context, node string, change func(map[string]order)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]map[string]order{}
	}
	if d.open[node] == nil {
		d.open[node] = map[string]order{}
	}
	change(d.open[node])
	data := map[string]string{}
	for node, orders := range d.open {
		if len(orders) == 0 {
			continue
		}
		b, err := json.Marshal(orders)
		if err != nil {
			return err
		}
		data[node] = string(b)
	}
	// All of it, always: what an earlier process has left open goes.
	m := apply.ConfigMap(ordersName, meta.NamespaceSystem).WithData(data)
	_, err := d.kube.CoreV1().ConfigMaps(meta.NamespaceSystem).Apply(ctx, m, meta.ApplyOptions{FieldManager: "k3s-local-path", Force: true})
	return err
}
