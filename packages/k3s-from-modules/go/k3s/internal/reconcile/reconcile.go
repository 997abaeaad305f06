// Package reconcile does the same work again whenever something has changed.
package reconcile

import (
	"context"
	"log/slog"
	"time"

	"k8s.io/client-go/tools/cache"
)

// Loop does its work after changes, never twice at once, and again after a second if it failed.
type Loop struct{ due chan struct{} }

// New makes a loop for which nothing has changed yet.
func New() *Loop { return &Loop{make(chan struct{}, 1)} }

// Poke says that something has changed.
func (l *Loop) Poke() {
	select {
	case l.due <- struct{}{}:
	default:
	}
}

// On pokes whenever an object of the informer's changes.
func (l *Loop) On(informer cache.SharedIndexInformer) {
	informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { l.Poke() }, UpdateFunc: func(any, any) { l.Poke() }, DeleteFunc: func(any) { l.Poke() },
	})
}

// Run works until ctx ends; the log has the controller's name, and a reason once while it stays the same.
func (l *Loop) Run(ctx context.Context, name string, do func(context.Context) error) {
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.due:
		}
		err := do(ctx)
		if err == nil || ctx.Err() != nil {
			said = ""
			continue
		}
		if err.Error() != said {
			said = err.Error()
			slog.Warn("will try again", "controller", name, "reason", err)
		}
		time.AfterFunc(time.Second, l.Poke)
	}
}
