package localpath

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"

	"k3s-lab/k3s/internal/nodewatch"
	"k3s-lab/k3s/internal/reconcile"
)

// Serve carries out this node's orders until ctx ends; what was ordered while K3s was stopped is done first. It reads
// orders with one client, and answers with the kubelet's.
func Serve(ctx context.Context, reader, kubelet kubernetes.Interface, node string, folders Folders) {
	only := informers.WithTweakListOptions(func(o *meta.ListOptions) { // it may read nothing else
		o.FieldSelector = fields.OneTermEqualSelector(meta.ObjectNameField, ordersName).String()
	})
	f := informers.NewSharedInformerFactoryWithOptions(reader, 0, informers.WithNamespace(meta.NamespaceSystem), only)
	orders := f.Core().V1().ConfigMaps()
	loop := reconcile.New()
	loop.On(orders.Informer())
	s := &servant{kubelet: kubelet, node: node, folders: folders, finished: loop.Poke, busy: map[string]bool{}, answers: map[string]string{}}
	f.Start(ctx.Done())
	loop.Run(ctx, "local-path", func(ctx context.Context) error {
		m, err := orders.Lister().ConfigMaps(meta.NamespaceSystem).Get(ordersName)
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.reconcile(ctx, m)
	})
}

// servant does what one node is ordered, several orders at a time but never two for one folder.
type servant struct {
	kubelet  kubernetes.Interface
	node     string
	folders  Folders
	finished func()            // called when an order has an answer
	told     map[string]string // what the Node object says; nil before it was read

	mu      sync.Mutex
	busy    map[string]bool   // by folder
	answers map[string]string // by order, until the server withdraws it
}

// reconcile begins with the orders that are new, and tells the server how the finished ones ended.
func (s *servant) reconcile(ctx context.Context, m *core.ConfigMap) error {
	orders, err := ordersFor(s.node, m)
	if err != nil {
		return err
	}
	if s.told == nil { // the process before this one may have answered
		n, err := s.kubelet.CoreV1().Nodes().Get(ctx, s.node, meta.GetOptions{})
		if err != nil {
			return err
		}
		if s.told, err = answersOf(n); err != nil {
			return err
		}
	}
	answers := s.begin(orders)
	if !s.isNews(answers) { // old answers harm nobody until there are new ones
		return nil
	}
	b, err := json.Marshal(answers)
	if err != nil {
		return err
	}
	if err := nodewatch.Annotate(ctx, s.kubelet, s.node, answersAnnotation, string(b)); err != nil {
		return err
	}
	s.told = answers
	return nil
}

// begin returns the answers to the orders that are finished.
func (s *servant) begin(orders map[string]order) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	finished := map[string]string{}
	for id, o := range orders {
		answer, done := s.answers[id]
		if !done {
			answer, done = s.told[id]
		}
		if done {
			finished[id] = answer
		} else if !s.busy[o.Folder] {
			s.busy[o.Folder] = true
			go s.carryOut(id, o)
		}
	}
	maps.DeleteFunc(s.answers, func(id, _ string) bool { _, wanted := orders[id]; return !wanted })
	return finished
}

func (s *servant) isNews(answers map[string]string) bool {
	for id := range answers {
		if _, known := s.told[id]; !known {
			return true
		}
	}
	return false
}

func (s *servant) carryOut(id string, o order) {
	answer := ""
	if err := s.folders.carryOut(o); err != nil {
		answer = err.Error()
		slog.Warn("volume's folder", "do", o.Do, "folder", o.Folder, "reason", err)
	} else {
		slog.Info("volume's folder", "do", o.Do, "folder", o.Folder)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[id] = answer
	delete(s.busy, o.Folder)
	s.finished()
}
