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
	"k3s-lab/k3s/internal/manifests"
	"k3s-lab/k3s/internal/nodes"
	"k3s-lab/k3s/internal/servicelb"
)

// control starts what K3s' server does beside the upstream parts. All of it ends with ctx.
func (s *Server) control(ctx context.Context, kube kubernetes.Interface, rc *rest.Config) error {
	client, err := dynamic.NewForConfig(rc)
	if err != nil {
		return err
	}
	deployer := &manifests.Deployer{
		Dir: s.Config.Data.Manifests(), Client: client,
		Mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kube.Discovery())),
	}
	go s.deploy(ctx, deployer)

	f := informers.NewSharedInformerFactory(kube, 10*time.Minute)
	nc := nodes.New(kube, f, s.Config.Name, !s.Config.Disabled("coredns"))
	changed := f.Core().V1().Nodes().Informer()
	reconcile(ctx, "nodes", nc.Reconcile, changed)
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
	if !s.Config.Disabled("servicelb") {
		lb := servicelb.New(kube, f)
		reconcile(ctx, "servicelb", lb.Reconcile, changed, f.Core().V1().Services().Informer(), f.Discovery().V1().EndpointSlices().Informer())
	}
	f.Start(ctx.Done())
	return nil
}

func (s *Server) deploy(ctx context.Context, d *manifests.Deployer) {
	if len(s.removed) != 0 {
		if err := d.Delete(ctx, s.removed); err != nil {
			slog.Warn("cannot delete a component that was disabled", "reason", err)
		}
	}
	if err := dirwatch.Watch(ctx, d.Dir, d.Deploy); err != nil {
		slog.Error("manifests are not applied", "dir", d.Dir, "reason", err)
	}
}

// reconcile calls do after changes, never twice at once, and again after a second if it failed.
func reconcile(ctx context.Context, name string, do func(context.Context) error, on ...cache.SharedIndexInformer) {
	due := make(chan struct{}, 1)
	poke := func() {
		select {
		case due <- struct{}{}:
		default:
		}
	}
	synced := []cache.InformerSynced{}
	for _, informer := range on {
		informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { poke() }, UpdateFunc: func(any, any) { poke() }, DeleteFunc: func(any) { poke() },
		})
		synced = append(synced, informer.HasSynced)
	}
	go func() {
		if !cache.WaitForCacheSync(ctx.Done(), synced...) {
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-due:
			}
			if err := do(ctx); err != nil && ctx.Err() == nil {
				slog.Warn("will try again", "controller", name, "reason", err)
				time.AfterFunc(time.Second, poke)
			}
		}
	}()
}
