package server

import (
	"context"
	"log/slog"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"

	"k3s-lab/k3s/internal/dirwatch"
	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/localpath"
	"k3s-lab/k3s/internal/manifests"
	"k3s-lab/k3s/internal/metricsserver"
	"k3s-lab/k3s/internal/nodes"
	"k3s-lab/k3s/internal/reconcile"
	"k3s-lab/k3s/internal/servicelb"
)

// control starts what K3s' server does beside the upstream parts. All of it ends with ctx.
func (s *Server) control(ctx context.Context, kube kubernetes.Interface, rc *rest.Config) error {
	client, err := dynamic.NewForConfig(rc)
	if err != nil {
		return err
	}
	deployer := &manifests.Deployer{
		Dir: s.Config.Data.Manifests(), Disabled: s.disabled(), Client: client,
		Mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kube.Discovery())),
	}
	go func() {
		if err := dirwatch.Watch(ctx, deployer.Dir, deployer.Deploy); err != nil {
			slog.Error("manifests are not applied", "dir", deployer.Dir, "reason", err)
		}
	}()

	if !s.Config.Disabled("metrics-server") {
		starter := metricsserver.New(kube, s.Config.Name, !s.Config.Disabled("coredns"), deployer.Dir, s.Agent.ImportRest)
		go starter.Run(ctx)
	}

	if s.member != nil && s.Config.Snapshots.Schedule != nil {
		go keepSnapshots(ctx, s.Config.Snapshots)
	}

	f := informers.NewSharedInformerFactory(kube, 10*time.Minute)
	nc := nodes.New(kube, f, s.Config.Name, s.member, !s.Config.Disabled("coredns"))
	changed := f.Core().V1().Nodes().Informer()
	reconcileOn(ctx, "nodes", nc.Reconcile, changed)
	_, err = changed.AddEventHandler(cache.ResourceEventHandlerFuncs{DeleteFunc: func(o any) {
		if last, ok := o.(cache.DeletedFinalStateUnknown); ok {
			o = last.Obj
		}
		n, ok := o.(*core.Node)
		if !ok {
			return
		}
		if err := nc.Forget(ctx, n.Name); err != nil {
			slog.Warn("cannot delete the password of a deleted node", "node", n.Name, "reason", err)
		}
	}})
	if err != nil {
		return err
	}
	f.Start(ctx.Done())
	s.lead(ctx, kube, func(leading context.Context) {
		s.controlAlone(leading, kube, f)
		f.Start(ctx.Done()) // watched to the end, whoever leads
	})
	return nil
}

// controlAlone starts what only one server may do at a time.
func (s *Server) controlAlone(ctx context.Context, kube kubernetes.Interface, f informers.SharedInformerFactory) {
	changed := f.Core().V1().Nodes().Informer()
	if s.member != nil {
		if store, err := etcd.Client(s.Config.Data); err != nil {
			slog.Error("members of nodes that are deleted stay in etcd", "reason", err)
		} else {
			context.AfterFunc(ctx, func() { store.Close() })
			reconcileOn(ctx, "etcd members", etcd.NewLeavers(store, kube, f).Reconcile, changed)
		}
	}
	if !s.Config.Disabled("servicelb") {
		lb := servicelb.New(kube, f)
		reconcileOn(ctx, "servicelb", lb.Reconcile, changed, f.Core().V1().Services().Informer(), f.Discovery().V1().EndpointSlices().Informer())
	}
	if !s.Config.Disabled("local-storage") {
		go localpath.New(ctx, kube, f, s.Config.LocalStoragePath).Run(ctx)
	}
}

// reconcileOn calls do after changes, once all informers have what there is.
func reconcileOn(ctx context.Context, name string, do func(context.Context) error, on ...cache.SharedIndexInformer) {
	loop := reconcile.New()
	synced := []cache.InformerSynced{}
	for _, informer := range on {
		loop.On(informer)
		synced = append(synced, informer.HasSynced)
	}
	go func() {
		if cache.WaitForCacheSync(ctx.Done(), synced...) {
			loop.Run(ctx, name, do)
		}
	}()
}
