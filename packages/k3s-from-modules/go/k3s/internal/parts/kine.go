package parts

import (
	"context"
	"flag"
	"net"
	"os"
	"os/signal"
	"syscall"

	"k3s-lab/k3s/internal/store"
)

// kine serves the store at the socket that the supervisor has opened.
func kine() error {
	db := flag.String("db", "", "SQLite file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	listener, err := net.FileListener(os.NewFile(3, "kine.sock"))
	if err != nil {
		return err
	}
	return store.Serve(ctx, *db, listener)
}
