package server

import (
	"context"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// lead calls do on one server at a time, with a context that ends when another one takes over. An only server has the lead
// from its start.
func (s *Server) lead(ctx context.Context, kube kubernetes.Interface, do func(context.Context)) {
	if !s.many {
		do(ctx)
		return
	}
	elector := leaderelection.LeaderElectionConfig{
		Name: "k3s",
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  meta.ObjectMeta{Namespace: meta.NamespaceSystem, Name: "k3s"},
			Client:     kube.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: s.Config.Name},
		},
		LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 2 * time.Second, // upstream's own
		ReleaseOnCancel: true,
		Callbacks:       leaderelection.LeaderCallbacks{OnStartedLeading: do, OnStoppedLeading: func() {}},
	}
	go func() {
		for ctx.Err() == nil {
			leaderelection.RunOrDie(ctx, elector) // returns when the lead is lost: it stands for election again
		}
	}()
}
