package server

import (
	"context"
	"log/slog"
	"time"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/etcd"
)

// keepSnapshots saves one whenever it is time, and removes the oldest, until ctx ends.
func keepSnapshots(ctx context.Context, c config.Snapshots) {
	s := &etcd.Snapshots{Data: c.Data, Dir: c.Dir, Node: c.Node, Name: c.Name, Compress: c.Compress}
	for {
		now := time.Now()
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.Schedule.Next(now).Sub(now)):
		}
		name, err := s.Save(ctx)
		if err == nil {
			slog.Info("Snapshot "+name+" saved", "dir", c.Dir)
			_, err = s.Prune(c.Retention)
		}
		if err != nil && ctx.Err() == nil {
			slog.Error("snapshot of etcd", "dir", c.Dir, "reason", err)
		}
	}
}
