// Package store serves an etcd API from an SQLite file. It uses kine's SQLite driver and server only: kine's
// pkg/endpoint would pull in every other database.
package store

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/k3s-io/kine/pkg/drivers"
	"github.com/k3s-io/kine/pkg/drivers/generic"
	"github.com/k3s-io/kine/pkg/drivers/sqlite"
	"github.com/k3s-io/kine/pkg/server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// etcdVersion is what kine says it is, so that the API server knows which calls it may use.
const etcdVersion = "3.5.13"

// CompactInterval is how often the API server has the store compacted to where it was at the last time: a revision can be
// read for that long at least, and for twice as long at most. Upstream's own, five minutes, is too near to the ten
// minutes after which who continues a list may expect to be told that its revision is gone.
const CompactInterval = 4*time.Minute + 30*time.Second

// Serve serves the store in file until ctx ends.
func Serve(ctx context.Context, file string, l net.Listener) error {
	if err := endMigration(file); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var wg sync.WaitGroup
	source := file + "?" + sqlite.DefaultParams
	_, backend, err := sqlite.New(ctx, &wg, &drivers.Config{
		Endpoint: "sqlite://" + source, DataSourceName: source, Scheme: "sqlite",
		ConnectionPoolConfig: generic.ConnectionPoolConfig{MaxIdle: 2},
		// kine has no clock of its own here: the API server compacts it as it does etcd, and forgets what it holds of a
		// revision at the same time. kine would also keep the last 1,000 revisions, an hour of an idle cluster.
		CompactInterval: 0, CompactMinRetain: 0,
		CompactTimeout: 5 * time.Second, CompactBatchSize: 1000, PollBatchSize: 500,
	})
	if err != nil {
		return err
	}
	if err := backend.Start(ctx); err != nil {
		return err
	}
	s := grpc.NewServer(
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 2 * time.Hour, Timeout: 20 * time.Second}),
		grpc.MaxRecvMsgSize(2<<20), grpc.MaxSendMsgSize(1<<31-1))
	server.New(backend, "http", 5*time.Second, etcdVersion).Register(s)
	go func() {
		<-ctx.Done()
		time.AfterFunc(time.Second, s.Stop)
		s.GracefulStop()
	}()
	return s.Serve(l)
}
