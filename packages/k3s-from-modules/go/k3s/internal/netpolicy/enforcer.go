// Package netpolicy makes the kernel of each node keep NetworkPolicies: a table of nftables that follows from the API's
// policies, namespaces and pods, and from the pods that containerd has here. The kernel alone decides about packets: the
// rules stay as they are while K3s is down.
package netpolicy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/knftables"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/reconcile"
)

// pause is the least time between two changes, so that a rollout is one and not a hundred.
const pause = 50 * time.Millisecond

// Enforcer keeps the rules of this node.
type Enforcer struct {
	kube    kubernetes.Interface
	node    string
	cluster netip.Prefix
	here    *sandboxes
	applier applier

	policies cache.Store
	watched  *watched // nil while there is no policy
	loop     *reconcile.Loop
	lost     atomic.Bool // another program may have deleted the table
	applied  chan struct{}
	done     bool // applied is closed
}

// New makes an enforcer; credentials may list and watch policies, namespaces, pods and nodes.
func New(kubeconfig, node string, clusterCIDR netip.Prefix, nft knftables.Interface) (*Enforcer, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.ContentType = runtime.ContentTypeProtobuf // a third of the memory of JSON
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	containerd, err := connect(layout.ContainerdSocket)
	if err != nil {
		return nil, err
	}
	return enforcer(kube, node, clusterCIDR, nft, containerd), nil
}

func enforcer(kube kubernetes.Interface, node string, clusterCIDR netip.Prefix, nft knftables.Interface, containerd Runtime) *Enforcer {
	e := &Enforcer{kube: kube, node: node, cluster: clusterCIDR, applier: applier{nft: nft},
		loop: reconcile.New(), applied: make(chan struct{})}
	e.here = &sandboxes{runtime: containerd, changed: e.loop.Poke}
	return e
}

// Applied is closed when the rules have been made for the first time. No pod may be started before.
func (e *Enforcer) Applied() <-chan struct{} { return e.applied }

// Run keeps the rules until ctx ends; they stay.
func (e *Enforcer) Run(ctx context.Context) {
	go func() {
		for ctx.Err() == nil {
			if err := watchTable(ctx, e.tableLost); err != nil {
				slog.Warn("will try again", "reason", err)
				sleep(ctx, time.Second)
				e.tableLost()
			}
		}
	}()
	e.run(ctx)
}

func (e *Enforcer) tableLost() {
	e.lost.Store(true)
	e.loop.Poke()
}

func (e *Enforcer) run(ctx context.Context) error {
	go e.here.watch(ctx)
	if err := e.awaitAllowed(ctx); err != nil {
		return err
	}
	policies := e.kube.NetworkingV1().NetworkPolicies("")
	store, controller := follow(&networking.NetworkPolicy{}, lists(policies.List, policies.Watch, ""), e.loop.Poke)
	e.policies = store
	go controller.RunWithContext(ctx)
	if !cache.WaitForCacheSync(ctx.Done(), controller.HasSynced) {
		return ctx.Err()
	}
	e.loop.Poke()
	e.loop.Run(ctx, "network policies", e.reconcile)
	return nil
}

// reconcile is followed by a pause, so that it takes half of one core at most.
func (e *Enforcer) reconcile(ctx context.Context) error {
	began := time.Now()
	var unseen error
	if e.lost.Swap(false) {
		if unseen = e.applier.check(ctx); unseen != nil {
			e.lost.Store(true)
		}
	}
	err := e.sync(ctx)
	if err != nil {
		err = fmt.Errorf("not applied, what was closed stays closed: %w", err)
	}
	sleep(ctx, max(pause, time.Since(began)))
	return errors.Join(unseen, err)
}

// awaitAllowed: on the first start of a cluster the role comes a moment later, and informers would wait longer.
func (e *Enforcer) awaitAllowed(ctx context.Context) error {
	for {
		_, err := e.kube.NetworkingV1().NetworkPolicies("").List(ctx, meta.ListOptions{Limit: 1})
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		slog.Debug("network policies cannot be listed yet", "reason", err)
		sleep(ctx, 200*time.Millisecond)
	}
}

// sync makes the rules what they should be. Without any policy there are none, and nothing is watched but policies.
func (e *Enforcer) sync(ctx context.Context) error {
	var policies []*networking.NetworkPolicy
	for _, o := range e.policies.List() {
		policies = append(policies, o.(*networking.NetworkPolicy))
	}
	if len(policies) == 0 {
		return e.open(ctx)
	}
	here, listed := e.here.all()
	if !listed {
		return nil // it calls when it is
	}
	if e.watched == nil {
		e.watched = e.watch(ctx)
	}
	if !cache.WaitForCacheSync(ctx.Done(), e.watched.synced...) {
		return ctx.Err()
	}
	t, unread := Render(State{Policies: policies, Namespaces: e.namespaces(), Pods: e.pods(here), Nodes: e.nodes(), ClusterCIDR: e.cluster})
	e.watched.unread.tell("a part of the network policies cannot be read; what it would allow stays closed", unread)
	first := e.applier.last == nil
	if err := e.applier.apply(ctx, t); err != nil {
		return err
	}
	if first {
		slog.Info("network policies are in force", "policies", len(policies), "table", "inet "+TableName)
	}
	e.ready()
	return nil
}

func (e *Enforcer) open(ctx context.Context) error {
	if e.watched != nil {
		e.watched.stop()
		e.watched = nil
	}
	if err := e.applier.remove(ctx); err != nil {
		return err
	}
	e.ready()
	return nil
}

func (e *Enforcer) ready() {
	if !e.done {
		e.done = true
		close(e.applied)
	}
}

// watched is what is only watched while there are policies.
type watched struct {
	pods, namespaces, nodes cache.Store
	synced                  []cache.InformerSynced
	stop                    context.CancelFunc
	unread                  trouble // with these policies
}

// running leaves out pods that have ended, and those in a node's network.
const running = "spec.hostNetwork=false,status.phase!=Succeeded,status.phase!=Failed"

func (e *Enforcer) watch(ctx context.Context) *watched {
	ctx, cancel := context.WithCancel(ctx)
	w := &watched{stop: cancel}
	pods, namespaces, nodes := e.kube.CoreV1().Pods(""), e.kube.CoreV1().Namespaces(), e.kube.CoreV1().Nodes()
	var onPods, onNamespaces, onNodes cache.Controller
	w.pods, onPods = follow(&core.Pod{}, lists(pods.List, pods.Watch, running), e.loop.Poke)
	w.namespaces, onNamespaces = follow(&core.Namespace{}, lists(namespaces.List, namespaces.Watch, ""), e.loop.Poke)
	w.nodes, onNodes = follow(&core.Node{}, lists(nodes.List, nodes.Watch, ""), e.loop.Poke)
	for _, one := range []cache.Controller{onPods, onNamespaces, onNodes} {
		w.synced = append(w.synced, one.HasSynced)
		go one.RunWithContext(ctx)
	}
	return w
}

func (e *Enforcer) namespaces() map[string]labels.Set {
	out := map[string]labels.Set{}
	for _, o := range e.watched.namespaces.List() {
		n := o.(*core.Namespace)
		out[n.Name] = n.Labels
	}
	return out
}

// nodes are the addresses that flannel gives nodes: the first of their pods' network, which no pod has.
func (e *Enforcer) nodes() []netip.Addr {
	var out []netip.Addr
	for _, o := range e.watched.nodes.List() {
		if p, err := netip.ParsePrefix(o.(*core.Node).Spec.PodCIDR); err == nil && p.Addr().Is4() {
			out = append(out, p.Masked().Addr())
		}
	}
	return out
}

// pods are those of other nodes as the API has them, and those here by the addresses that containerd gave. Their labels
// are the API's, which may have changed; for one that has not come from there yet, those it was made with.
func (e *Enforcer) pods(here []Pod) []Pod {
	local := map[string]*core.Pod{}
	var out []Pod
	for _, o := range e.watched.pods.List() {
		p := o.(*core.Pod)
		if p.Spec.NodeName == e.node {
			local[p.Namespace+"/"+p.Name] = p
			continue
		}
		if a, err := netip.ParseAddr(p.Status.PodIP); err == nil && a.Is4() {
			out = append(out, Pod{Namespace: p.Namespace, Name: p.Name, Labels: p.Labels, Address: a, Ports: ports(p)})
		}
	}
	for _, p := range here {
		if known := local[p.Namespace+"/"+p.Name]; known != nil {
			p.Labels, p.Ports = known.Labels, ports(known)
		}
		out = append(out, p)
	}
	return out
}

// ports are those of containers, and of init containers that go on running beside them.
func ports(p *core.Pod) []core.ContainerPort {
	var out []core.ContainerPort
	for _, c := range p.Spec.Containers {
		out = append(out, c.Ports...)
	}
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == core.ContainerRestartPolicyAlways {
			out = append(out, c.Ports...)
		}
	}
	return out
}

// lists is a list and a watch of one kind.
func lists[L runtime.Object](list func(context.Context, meta.ListOptions) (L, error), events cache.WatchFuncWithContext, fields string) cache.ListerWatcher {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o meta.ListOptions) (runtime.Object, error) {
			o.FieldSelector = fields
			return list(ctx, o)
		},
		WatchFuncWithContext: func(ctx context.Context, o meta.ListOptions) (watch.Interface, error) {
			o.FieldSelector = fields
			return events(ctx, o)
		},
	}
}

// follow keeps the objects of a kind, reduced to what policies look at, and calls changed when that changes.
func follow(kind runtime.Object, lw cache.ListerWatcher, changed func()) (cache.Store, cache.Controller) {
	return cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: lw, ObjectType: kind, Transform: reduce,
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { changed() }, DeleteFunc: func(any) { changed() },
			UpdateFunc: func(before, after any) {
				if !same(before, after) {
					changed()
				}
			},
		},
	})
}

// reduce keeps of an object what policies look at; pods are mostly something else.
func reduce(o any) (any, error) {
	switch o := o.(type) {
	case *core.Pod:
		out := &core.Pod{ObjectMeta: reducedMeta(o.ObjectMeta), Status: core.PodStatus{PodIP: o.Status.PodIP}}
		out.Spec.NodeName = o.Spec.NodeName
		if ports := named(ports(o)); len(ports) != 0 {
			out.Spec.Containers = []core.Container{{Ports: ports}}
		}
		return out, nil
	case *core.Node:
		return &core.Node{ObjectMeta: reducedMeta(o.ObjectMeta), Spec: core.NodeSpec{PodCIDR: o.Spec.PodCIDR}}, nil
	case *core.Namespace:
		return &core.Namespace{ObjectMeta: reducedMeta(o.ObjectMeta)}, nil
	case *networking.NetworkPolicy:
		return &networking.NetworkPolicy{ObjectMeta: reducedMeta(o.ObjectMeta), Spec: o.Spec}, nil
	}
	return o, nil
}

func reducedMeta(m meta.ObjectMeta) meta.ObjectMeta {
	return meta.ObjectMeta{Namespace: m.Namespace, Name: m.Name, Labels: m.Labels, ResourceVersion: m.ResourceVersion}
}

func named(ports []core.ContainerPort) []core.ContainerPort {
	return slices.DeleteFunc(ports, func(p core.ContainerPort) bool { return p.Name == "" })
}

// same: a pod's or node's status changes often, and hardly ever its address.
func same(before, after any) bool {
	switch a := before.(type) {
	case *core.Pod:
		b, ok := after.(*core.Pod)
		return ok && maps.Equal(a.Labels, b.Labels) && a.Status.PodIP == b.Status.PodIP && a.Spec.NodeName == b.Spec.NodeName
	case *core.Node:
		b, ok := after.(*core.Node)
		return ok && a.Spec.PodCIDR == b.Spec.PodCIDR
	}
	return false
}

// trouble is told when it begins or becomes another, not each time that it is met.
type trouble string

func (last *trouble) tell(what string, err error) {
	now := ""
	if err != nil {
		now = err.Error()
	}
	if now != "" && now != string(*last) {
		slog.Error(what, "reason", err)
	}
	*last = trouble(now)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
