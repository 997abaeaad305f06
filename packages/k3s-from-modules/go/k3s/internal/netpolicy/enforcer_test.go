package netpolicy

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
	"sigs.k8s.io/knftables"
)

func selector(name, value string) *meta.LabelSelector {
	return &meta.LabelSelector{MatchLabels: map[string]string{name: value}}
}

// containerd has sandboxes, and ends its streams when it is told to.
type containerd struct {
	mu        sync.Mutex
	sandboxes map[string]*runtime.PodSandboxStatus
	events    chan *runtime.ContainerEventResponse
	end       chan struct{}
}

func newContainerd() *containerd {
	return &containerd{sandboxes: map[string]*runtime.PodSandboxStatus{}, events: make(chan *runtime.ContainerEventResponse), end: make(chan struct{})}
}

func sandbox(id, namespace, name, ip string, podLabels map[string]string) *runtime.PodSandboxStatus {
	all := map[string]string{"io.kubernetes.pod.name": name}
	for k, v := range podLabels {
		all[k] = v
	}
	return &runtime.PodSandboxStatus{Id: id, Metadata: &runtime.PodSandboxMetadata{Namespace: namespace, Name: name}, Labels: all,
		Network: &runtime.PodSandboxNetworkStatus{Ip: ip}}
}

func (c *containerd) has(s *runtime.PodSandboxStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sandboxes[s.Id] = s
}

func (c *containerd) lacks(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sandboxes, id)
}

func (c *containerd) GetContainerEvents(ctx context.Context, _ *runtime.GetEventsRequest, _ ...grpc.CallOption) (runtime.RuntimeService_GetContainerEventsClient, error) {
	return stream{ctx: ctx, of: c}, nil
}

// stream is of events.
type stream struct {
	grpc.ClientStream
	ctx context.Context
	of  *containerd
}

func (s stream) Recv() (*runtime.ContainerEventResponse, error) {
	select {
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	case <-s.of.end:
		return nil, errors.New("containerd is away")
	case e := <-s.of.events:
		return e, nil
	}
}

func (c *containerd) ListPodSandbox(context.Context, *runtime.ListPodSandboxRequest, ...grpc.CallOption) (*runtime.ListPodSandboxResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := &runtime.ListPodSandboxResponse{}
	for id := range c.sandboxes {
		out.Items = append(out.Items, &runtime.PodSandbox{Id: id})
	}
	return out, nil
}

func (c *containerd) PodSandboxStatus(_ context.Context, r *runtime.PodSandboxStatusRequest, _ ...grpc.CallOption) (*runtime.PodSandboxStatusResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.sandboxes[r.PodSandboxId]
	if !ok {
		return nil, status.Error(codes.NotFound, r.PodSandboxId)
	}
	return &runtime.PodSandboxStatusResponse{Status: s}, nil
}

// lab is an enforcer at work.
type lab struct {
	t          *testing.T
	ctx        context.Context
	kube       *fake.Clientset
	containerd *containerd
	nft        *knftables.Fake
	enforcer   *Enforcer
	watches    sync.Map // by resource
}

func newLab(t *testing.T, objects ...any) *lab {
	ctx, cancel := context.WithCancel(context.Background())
	l := &lab{t: t, ctx: ctx, kube: fake.NewClientset(), containerd: newContainerd(), nft: knftables.NewFake(knftables.InetFamily, TableName)}
	// The fake's watch begins when it is asked for, not where the list ended: what changes in between would be lost.
	l.kube.PrependWatchReactor("*", func(action clienttesting.Action) (bool, watch.Interface, error) {
		w, err := l.kube.Tracker().Watch(action.GetResource(), action.GetNamespace())
		l.watches.Store(action.GetResource().Resource, true)
		return true, w, err
	})
	l.create(&core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "shop"}})
	for _, o := range objects {
		l.create(o)
	}
	l.enforcer = enforcer(l.kube, "here", clusterCIDR, l.nft, l.containerd)
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		if err := l.enforcer.run(ctx); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}()
	l.watched("networkpolicies")
	return l
}

func (l *lab) watched(resource string) {
	l.t.Helper()
	l.eventually(resource+" are watched", func() bool { _, ok := l.watches.Load(resource); return ok })
}

func (l *lab) create(o any) {
	l.t.Helper()
	var err error
	switch o := o.(type) {
	case *core.Namespace:
		_, err = l.kube.CoreV1().Namespaces().Create(l.ctx, o, meta.CreateOptions{})
	case *core.Node:
		_, err = l.kube.CoreV1().Nodes().Create(l.ctx, o, meta.CreateOptions{})
	case *core.Pod:
		_, err = l.kube.CoreV1().Pods(o.Namespace).Create(l.ctx, o, meta.CreateOptions{})
	case *networking.NetworkPolicy:
		_, err = l.kube.NetworkingV1().NetworkPolicies(o.Namespace).Create(l.ctx, o, meta.CreateOptions{})
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// verdict is what a map says about a local pod, "" without a table.
func (l *lab) verdict(ip string) string {
	l.nft.RLock()
	defer l.nft.RUnlock()
	if l.nft.Table == nil {
		return ""
	}
	if e := l.nft.Table.Maps[ingressMap].FindElement(ip); e != nil {
		what, _, _ := strings.Cut(e.Value[0], " ")
		return what
	}
	return "unknown"
}

func (l *lab) elements(set string) []string {
	l.nft.RLock()
	defer l.nft.RUnlock()
	var out []string
	if l.nft.Table != nil && l.nft.Table.Sets[set] != nil {
		for _, e := range l.nft.Table.Sets[set].Elements {
			out = append(out, e.Key[0])
		}
	}
	slices.Sort(out)
	return out
}

func (l *lab) eventually(what string, ok func() bool) {
	l.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	l.t.Fatalf("never: %s; rules:\n%s", what, l.nft.Dump())
}

func (l *lab) send(kind runtime.ContainerEventType, s *runtime.PodSandboxStatus) {
	l.containerd.events <- &runtime.ContainerEventResponse{ContainerId: s.Id, ContainerEventType: kind, PodSandboxStatus: s}
}

func apiPod(node, name, ip string, podLabels map[string]string) *core.Pod {
	return &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: "shop", Name: name, Labels: podLabels}, Spec: core.PodSpec{NodeName: node}, Status: core.PodStatus{PodIP: ip}}
}

func closing(name, app string) *networking.NetworkPolicy {
	p := &networking.NetworkPolicy{ObjectMeta: meta.ObjectMeta{Namespace: "shop", Name: name}}
	p.Spec.PodSelector = *selector("app", app)
	p.Spec.Ingress = []networking.NetworkPolicyIngressRule{{From: []networking.NetworkPolicyPeer{{PodSelector: selector("app", "web")}}}}
	return p
}

var db, web = map[string]string{"app": "db"}, map[string]string{"app": "web"}

const (
	created = runtime.ContainerEventType_CONTAINER_CREATED_EVENT
	stopped = runtime.ContainerEventType_CONTAINER_STOPPED_EVENT
)

func TestRulesComeAndGoWithPolicies(t *testing.T) {
	l := newLab(t, apiPod("here", "db", "10.42.1.2", db))
	l.send(created, sandbox("1", "shop", "db", "10.42.1.2", db))
	<-l.enforcer.Applied()
	if got := l.verdict("10.42.1.2"); got != "" {
		t.Errorf("a table without a policy: %s", got)
	}
	l.create(closing("p", "db"))
	l.eventually("closed", func() bool { return l.verdict("10.42.1.2") == "goto" })
	if err := l.kube.NetworkingV1().NetworkPolicies("shop").Delete(l.ctx, "p", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	l.eventually("open", func() bool { return l.verdict("10.42.1.2") == "" })
}

func TestAppliedMeansThatTheRulesAreThere(t *testing.T) {
	l := newLab(t, closing("p", "db"))
	<-l.enforcer.Applied()
	if got := l.verdict("10.42.1.2"); got != "unknown" {
		t.Errorf("%q", got)
	}
}

func TestATableOfAnEarlierStartGoesWithItsPolicies(t *testing.T) {
	l := &lab{t: t, ctx: context.Background(), nft: knftables.NewFake(knftables.InetFamily, TableName)}
	if err := (&applier{nft: l.nft}).apply(l.ctx, render(t, world())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	e := enforcer(fake.NewClientset(), "here", clusterCIDR, l.nft, newContainerd())
	go e.run(ctx)
	<-e.Applied()
	if l.nft.Table != nil {
		t.Error(l.nft.Dump())
	}
}

func TestAPodIsKnownByItsSandboxBeforeTheAPITellsItsAddress(t *testing.T) {
	l := newLab(t, closing("p", "db"))
	<-l.enforcer.Applied()
	s := sandbox("1", "shop", "db", "10.42.1.2", db)
	l.send(created, s)
	l.eventually("closed by the labels it was made with", func() bool { return l.verdict("10.42.1.2") == "goto" })
	l.watched("pods")
	l.create(apiPod("here", "db", "", web))
	l.eventually("open by the labels of the API", func() bool { return l.verdict("10.42.1.2") == "accept" })
	l.send(stopped, s)
	l.eventually("forgotten", func() bool { return l.verdict("10.42.1.2") == "unknown" })
}

func TestAPolicyThatCannotBeReadDoesNotStopTheOthers(t *testing.T) {
	broken := closing("broken", "web")
	broken.Spec.Ingress[0].From[0] = networking.NetworkPolicyPeer{IPBlock: &networking.IPBlock{CIDR: "nonsense"}}
	l := newLab(t, broken, closing("p", "db"))
	l.send(created, sandbox("1", "shop", "db", "10.42.1.2", db))
	l.send(created, sandbox("2", "shop", "web", "10.42.1.3", web))
	l.eventually("both closed", func() bool { return l.verdict("10.42.1.2") == "goto" && l.verdict("10.42.1.3") == "goto" })
	<-l.enforcer.Applied()
}

func TestPodsOfOtherNodesArePeersByTheAPI(t *testing.T) {
	l := newLab(t, closing("p", "db"), apiPod("far", "web", "", web))
	l.send(created, sandbox("1", "shop", "db", "10.42.1.2", db))
	peers := "peers-" + digest("pods with [app=web] in namespace shop")
	l.eventually("a set of peers", func() bool {
		l.nft.RLock()
		defer l.nft.RUnlock()
		return l.nft.Table != nil && l.nft.Table.Sets[peers] != nil
	})
	l.watched("pods")
	p := apiPod("far", "web", "10.42.2.2", web)
	if _, err := l.kube.CoreV1().Pods("shop").UpdateStatus(l.ctx, p, meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	l.eventually("the peer", func() bool { return slices.Equal(l.elements(peers), []string{"10.42.2.2"}) })
	if err := l.kube.CoreV1().Pods("shop").Delete(l.ctx, "web", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	l.eventually("no peer", func() bool { return len(l.elements(peers)) == 0 })
}

func TestWhileContainerdIsAwayWhatWasKnownStays(t *testing.T) {
	l := newLab(t, closing("p", "db"))
	l.containerd.has(sandbox("1", "shop", "db", "10.42.1.2", db))
	l.send(created, sandbox("1", "shop", "db", "10.42.1.2", db))
	l.eventually("closed", func() bool { return l.verdict("10.42.1.2") == "goto" })
	l.containerd.has(sandbox("2", "shop", "db2", "10.42.1.3", db)) // without an event
	l.containerd.end <- struct{}{}
	if got := l.verdict("10.42.1.2"); got != "goto" {
		t.Errorf("%q", got)
	}
	l.eventually("what was missed", func() bool { return l.verdict("10.42.1.3") == "goto" })
	l.containerd.lacks("1")
	l.containerd.end <- struct{}{}
	l.eventually("what has gone", func() bool { return l.verdict("10.42.1.2") == "unknown" })
}

func TestNodesAreKnownByTheirAddressInThePodsNetwork(t *testing.T) {
	node := func(name, cidr string) *core.Node {
		return &core.Node{ObjectMeta: meta.ObjectMeta{Name: name}, Spec: core.NodeSpec{PodCIDR: cidr}}
	}
	l := newLab(t, closing("p", "db"), node("far", "10.42.2.0/24"), node("new", ""))
	known := func(want ...string) func() bool {
		return func() bool { return slices.Equal(l.elements(knownSet), want) }
	}
	l.eventually("a node", known("10.42.2.0"))
	l.watched("nodes")
	if _, err := l.kube.CoreV1().Nodes().Update(l.ctx, node("new", "10.42.3.0/24"), meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	l.eventually("a node that has its pod CIDR only now", known("10.42.2.0", "10.42.3.0"))
	if err := l.kube.CoreV1().Nodes().Delete(l.ctx, "far", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	l.eventually("a node has gone", known("10.42.3.0"))
}

// flush does what restarting nftables.service does.
func (l *lab) flush() {
	l.t.Helper()
	tx := l.nft.NewTransaction()
	tx.Delete(&knftables.Table{})
	if err := l.nft.Run(l.ctx, tx); err != nil {
		l.t.Fatal(err)
	}
	l.enforcer.tableLost()
}

func TestWhatOthersFlushIsBack(t *testing.T) {
	l := newLab(t, closing("p", "db"))
	l.send(created, sandbox("1", "shop", "db", "10.42.1.2", db))
	l.eventually("closed", func() bool { return l.verdict("10.42.1.2") == "goto" })
	l.flush()
	l.eventually("closed again", func() bool { return l.verdict("10.42.1.2") == "goto" })
}

// blind cannot look at the kernel's rules the first time.
type blind struct {
	*knftables.Fake
	looked bool
}

func (b *blind) List(ctx context.Context, what string) ([]string, error) {
	if !b.looked {
		b.looked = true
		return nil, errors.New("out of memory")
	}
	return b.Fake.List(ctx, what)
}

func TestWhatOthersFlushIsBackAlsoWhereItCouldNotBeSeenAtOnce(t *testing.T) {
	l := newLab(t, closing("p", "db"))
	l.send(created, sandbox("1", "shop", "db", "10.42.1.2", db))
	l.eventually("closed", func() bool { return l.verdict("10.42.1.2") == "goto" })
	l.enforcer.applier.nft = &blind{Fake: l.nft}
	l.flush()
	l.eventually("closed again", func() bool { return l.verdict("10.42.1.2") == "goto" })
}

// counting counts the connections that are open.
type counting struct {
	net.Listener
	open atomic.Int32
}

func (c *counting) Accept() (net.Conn, error) {
	one, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	return &counted{one, c}, nil
}

type counted struct {
	net.Conn
	by *counting
}

func (c *counted) Close() error {
	c.by.open.Add(-1)
	return c.Conn.Close()
}

func TestOneConnectionToContainerdHoweverOftenItFails(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "containerd.sock")
	runtime, err := connect(socket)
	if err != nil {
		t.Fatal(err)
	}
	s := &sandboxes{runtime: runtime, changed: func() { t.Error("changed") }}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.follow(ctx); status.Code(err) != codes.Unavailable {
		t.Error(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	counter := &counting{Listener: l}
	server := grpc.NewServer() // that has no such service yet
	defer server.Stop()
	go server.Serve(counter)
	for failures := 0; failures < 5 && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) { // it connects again by itself
		if err := s.follow(ctx); status.Code(err) == codes.Unimplemented {
			failures++
		}
	}
	if got := counter.open.Load(); got != 1 {
		t.Errorf("%d connections", got)
	}
}

func TestPodsInTheNodesNetworkAreNone(t *testing.T) {
	if p, ok := podOf(sandbox("1", "shop", "host", "", nil)); ok {
		t.Error(p)
	}
	notReady := sandbox("1", "shop", "db", "10.42.1.2", nil)
	notReady.State = runtime.PodSandboxState_SANDBOX_NOTREADY
	if p, ok := podOf(notReady); ok {
		t.Error(p)
	}
	p, ok := podOf(sandbox("1", "shop", "db", "10.42.1.2", db))
	if !ok || len(p.Labels) != 1 || p.Labels["app"] != "db" {
		t.Error(p)
	}
}

func TestOnlyWhatPoliciesLookAtIsKept(t *testing.T) {
	p := apiPod("here", "db", "10.42.1.2", db)
	p.Annotations = map[string]string{"a": "b"}
	always := core.ContainerRestartPolicyAlways
	p.Spec.Containers = []core.Container{{Image: "x", Ports: []core.ContainerPort{{ContainerPort: 1}, port("sql", 5432, "TCP")}}}
	p.Spec.InitContainers = []core.Container{{Ports: []core.ContainerPort{port("no", 1, "TCP")}}, {RestartPolicy: &always, Ports: []core.ContainerPort{port("side", 2, "TCP")}}}
	got, err := reduce(p)
	if err != nil {
		t.Fatal(err)
	}
	kept := got.(*core.Pod)
	var names []string
	for _, p := range ports(kept) {
		names = append(names, p.Name)
	}
	if kept.Annotations != nil || kept.Spec.Containers[0].Image != "" || !slices.Equal(names, []string{"sql", "side"}) || kept.Status.PodIP != "10.42.1.2" || kept.Spec.NodeName != "here" {
		t.Errorf("%+v", kept)
	}
	if p.Annotations == nil || len(p.Spec.Containers[0].Ports) != 2 {
		t.Error("the original was changed")
	}
	other := kept.DeepCopy()
	other.ResourceVersion = "2"
	moved := kept.DeepCopy()
	moved.Status.PodIP = "10.42.1.3"
	if !same(kept, other) || same(kept, moved) {
		t.Error("what matters is not told from what does not")
	}
	node := &core.Node{Spec: core.NodeSpec{PodCIDR: "10.42.1.0/24"}}
	changed := node.DeepCopy()
	changed.Spec.PodCIDR = "10.42.2.0/24"
	if !same(node, node.DeepCopy()) || same(node, changed) {
		t.Error("a node's pod CIDR is not told from its other fields")
	}
}
