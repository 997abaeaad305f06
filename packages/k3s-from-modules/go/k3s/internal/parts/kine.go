package parts

import (
	"context"
	"flag"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
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

// kine serves an etcd API from an SQLite file. It uses kine's SQLite driver and server only:
// kine's pkg/endpoint would pull in every other database.
func kine() error {
	db := flag.String("db", "", "SQLite file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	var wg sync.WaitGroup
	source := *db + "?" + sqlite.DefaultParams
	_, backend, err := sqlite.New(ctx, &wg, &drivers.Config{
		Endpoint: "sqlite://" + source, DataSourceName: source, Scheme: "sqlite",
		ConnectionPoolConfig: generic.ConnectionPoolConfig{MaxIdle: 2},
		CompactInterval:      5 * time.Minute, CompactTimeout: 5 * time.Second,
		CompactMinRetain: 1000, CompactBatchSize: 1000, PollBatchSize: 500,
	})
	if err != nil {
		return err
	}
	if err := backend.Start(ctx); err != nil {
		return err
	}
	listener, err := net.FileListener(os.NewFile(3, "kine.sock")) // the supervisor has opened it
	if err != nil {
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
	return s.Serve(listener)
}
