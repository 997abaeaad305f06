package parts

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/signal"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"k3s-lab/k3s/internal/etcd"
)

// etcd serves the store as one member of several, until it is told to end or its member is removed.
func etcdPart() error {
	r := prometheus.NewRegistry()
	prometheus.DefaultRegisterer, prometheus.DefaultGatherer = r, r
	file := flag.String("config-file", "", "etcd's own configuration")
	flag.Parse()
	if *file == "" {
		return errors.New("etcd: --config-file is needed")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return etcd.Serve(ctx, *file)
}
