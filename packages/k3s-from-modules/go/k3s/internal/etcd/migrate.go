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

	"go.etcd.io/bbolt"
	clientv3 "go.etcd.io/etcd/client/v3"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/store"
)

// HasSQLite says whether this server has a store of its own.
func HasSQLite(data layout.Data) bool {
	_, err := os.Stat(data.Database())
	return err == nil
}

// Migrate makes the first member's data from what SQLite has, as K3s does for an only server that gets others. Nothing is
// there under the member's name before all is.
func (m *Member) Migrate(ctx context.Context) error {
	if !HasSQLite(m.Data) {
		return nil
	}
	slog.Info("Migrating content from sqlite to etcd") // K3s' words
	next := m.Data.Etcd() + "-migrating"
	if err := m.migrate(ctx, next); err != nil {
		return fmt.Errorf("failed to migrate content from sqlite to etcd: %w", err)
	}
	if err := os.RemoveAll(m.Data.Etcd()); err != nil { // it was never initialized
		return err
	}
	return os.Rename(next, m.Data.Etcd())
}

// RetireSQLite puts the database aside that a member's data were made from.
func RetireSQLite(data layout.Data) error {
	for _, end := range []string{"", "-wal", "-shm"} {
		from := data.Database() + end
		if err := os.Rename(from, from+".migrated"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (m *Member) migrate(ctx context.Context, dir string) error {
	if err := os.RemoveAll(dir); err != nil { // of an attempt that was interrupted
		return err
	}
	if _, err := m.nameIn(dir); err != nil {
		return err
	}
	var revision int64
	err := m.alone(ctx, dir, look, func(client *clientv3.Client, _ uint64) error {
		count, last, err := copyStore(ctx, client, m.Data)
		slog.Info("migrated the store", "keys", count)
		revision = last
		return err
	})
	if err != nil {
		return err
	}
	db, err := bbolt.Open(filepath.Join(dir, "member", "snap", "db"), 0o600, &bbolt.Options{Timeout: attempt})
	if err != nil {
		return err
	}
	err = db.Update(func(t *bbolt.Tx) error { return bump(t, 1, uint64(revision)+1) })
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return m.settle(ctx, dir)
}

// copyStore returns how many keys it has copied, and which revision the store was at.
func copyStore(ctx context.Context, to *clientv3.Client, data layout.Data) (int, int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	dir, err := os.MkdirTemp("", "k3s-migration-")
	if err != nil {
		cancel()
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "kine.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		cancel()
		return 0, 0, err
	}
	served := make(chan error, 1)
	go func() { served <- store.Serve(ctx, data.Database(), l) }()
	defer func() { cancel(); <-served }() // the database is closed before it is renamed
	from, err := clientv3.New(clientv3.Config{Endpoints: []string{"unix://" + socket}, DialTimeout: attempt})
	if err != nil {
		return 0, 0, err
	}
	defer from.Close()
	return copyKeys(ctx, from, to)
}

// page is how many keys go at once. Upstream's limits are 128 keys and 1.5 MB.
const page, pageSize = 100, 1 << 20

// copyKeys leaves out what ends by itself: events, and the addresses of API servers, which they renew.
func copyKeys(ctx context.Context, from, to *clientv3.Client) (int, int64, error) {
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
			return count, 0, err
		}
		for _, kv := range r.Kvs {
			if kv.Lease != 0 {
				continue
			}
			if len(ops) == page || size+len(kv.Value) > pageSize {
				if err := flush(); err != nil {
					return count, 0, err
				}
			}
			ops, size = append(ops, clientv3.OpPut(string(kv.Key), string(kv.Value))), size+len(kv.Key)+len(kv.Value)
		}
		if !r.More {
			err := flush()
			return count, r.Header.Revision, err
		}
		key = string(r.Kvs[len(r.Kvs)-1].Key) + "\x00"
	}
}
