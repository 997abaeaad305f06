package etcd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	clientv3 "go.etcd.io/etcd/client/v3"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/store"
)

// A server that was the only one brings its objects along, as with K3s. The mark says that they are not all there yet: a
// migration that was interrupted begins again.
func migrationMark(data layout.Data) string { return filepath.Join(data.Etcd(), "migrating") }

// HasSQLite says whether this server has a store of its own.
func HasSQLite(data layout.Data) bool {
	_, err := os.Stat(data.Database())
	return err == nil
}

// BeginMigration says that what SQLite has is to be in etcd, before etcd is there.
func BeginMigration(data layout.Data) error {
	if !HasSQLite(data) {
		return nil
	}
	if err := os.MkdirAll(data.Etcd(), 0o700); err != nil {
		return err
	}
	return pki.WriteFile(migrationMark(data), nil, 0o600)
}

// Migrate moves what SQLite has to etcd if that was begun, and puts the database aside. No API server runs yet.
func Migrate(ctx context.Context, client *clientv3.Client, data layout.Data) error {
	if _, err := os.Stat(migrationMark(data)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if HasSQLite(data) { // else only the last lines of this function are missing
		slog.Info("Migrating content from sqlite to etcd") // K3s' words
		count, err := copyStore(ctx, client, data)
		if err != nil {
			return fmt.Errorf("failed to migrate content from sqlite to etcd: %w", err)
		}
		slog.Info("migrated the store", "keys", count)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		from := data.Database() + end
		if err := os.Rename(from, from+".migrated"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(migrationMark(data))
}

func copyStore(ctx context.Context, to *clientv3.Client, data layout.Data) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	dir, err := os.MkdirTemp("", "k3s-migration-")
	if err != nil {
		cancel()
		return 0, err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "kine.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		cancel()
		return 0, err
	}
	served := make(chan error, 1)
	go func() { served <- store.Serve(ctx, data.Database(), l) }()
	defer func() { cancel(); <-served }() // the database is closed before it is renamed
	from, err := clientv3.New(clientv3.Config{Endpoints: []string{"unix://" + socket}, DialTimeout: attempt})
	if err != nil {
		return 0, err
	}
	defer from.Close()
	return copyKeys(ctx, from, to)
}

// page is how many keys go at once. Upstream's limits are 128 keys and 1.5 MB.
const page, pageSize = 100, 1 << 20

// copyKeys leaves out what ends by itself: events, and the addresses of API servers, which they renew.
func copyKeys(ctx context.Context, from, to *clientv3.Client) (int, error) {
	const prefix = "/registry/"
	end := clientv3.GetPrefixRangeEnd(prefix)
	count := 0
	var ops []clientv3.Op
	size := 0
	flush := func() error {
		if len(ops) == 0 {
			return nil
		}
		_, err := to.Txn(ctx).Then(ops...).Commit()
		count += len(ops)
		ops, size = nil, 0
		return err
	}
	for key := prefix; ; {
		r, err := from.Get(ctx, key, clientv3.WithRange(end), clientv3.WithLimit(page))
		if err != nil {
			return count, err
		}
		for _, kv := range r.Kvs {
			if kv.Lease != 0 {
				continue
			}
			if len(ops) == page || size+len(kv.Value) > pageSize {
				if err := flush(); err != nil {
					return count, err
				}
			}
			ops, size = append(ops, clientv3.OpPut(string(kv.Key), string(kv.Value))), size+len(kv.Key)+len(kv.Value)
		}
		if !r.More {
			return count, flush()
		}
		key = string(r.Kvs[len(r.Kvs)-1].Key) + "\x00"
	}
}
