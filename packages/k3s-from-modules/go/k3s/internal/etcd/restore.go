package etcd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// restore makes a member in dir, the only one of a new cluster, that has what a snapshot has. A new member is begun, and its
// database then replaced by the snapshot's: only what a database says of its cluster is taken from the new one.
func (m *Member) restore(ctx context.Context, snapshot, dir string) error {
	if err := os.RemoveAll(dir); err != nil { // of an attempt that was interrupted
		return err
	}
	if _, err := m.nameIn(dir); err != nil {
		return err
	}
	if err := m.alone(ctx, dir, look, func(*clientv3.Client, uint64) error { return nil }); err != nil {
		return err
	}
	database := filepath.Join(dir, "member", "snap", "db")
	restored := database + ".restored"
	if err := copySnapshot(snapshot, restored); err != nil {
		return err
	}
	if err := graft(database, restored); err != nil {
		return fmt.Errorf("%s: %w", snapshot, err)
	}
	if err := os.Rename(restored, database); err != nil {
		return err
	}
	return m.settle(ctx, dir)
}

// leap is how far a restore puts the store's revision on, as etcd advises: what the cluster wrote after the snapshot.
const leap = 1_000_000_000

// bump puts the revision of a database on by a leap, or to what another store had, and ends all before it: who watches from
// there on, as nodes do all the time, is told to read anew, and does not wait for a revision that comes in hours.
func bump(t *bbolt.Tx, by, least uint64) error {
	keys, meta := t.Bucket([]byte("key")), t.Bucket([]byte("meta"))
	if keys == nil || meta == nil {
		return errors.New("it is no database of etcd")
	}
	last, _ := keys.Cursor().Last()
	var revision uint64
	if len(last) >= 8 {
		revision = binary.BigEndian.Uint64(last)
	}
	// A revision is its number, "_", and that of a change within it.
	to := binary.BigEndian.AppendUint64(nil, max(revision+by, least))
	to = binary.BigEndian.AppendUint64(append(to, '_'), 0)
	return errors.Join(keys.Put(to, []byte{}), meta.Put([]byte("scheduledCompactRev"), to))
}

// copySnapshot copies the database that a snapshot holds, and checks the sum that follows it.
func copySnapshot(snapshot, to string) error {
	from, err := os.Open(snapshot)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	size := info.Size() - sha256.Size
	if size < 0 || size%512 != 0 { // a database is whole pages
		return fmt.Errorf("%s is no snapshot of etcd, or a part of one: it has %d bytes", snapshot, info.Size())
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(out, sum), from, size); err != nil {
		return err
	}
	told, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	if !bytes.Equal(told, sum.Sum(nil)) {
		return fmt.Errorf("%s is damaged: its sum is not the one that it tells", snapshot)
	}
	return errors.Join(out.Sync(), out.Close())
}

// graft puts what the database of one cluster says of its members, and of its place in their log, into another database.
func graft(from, to string) error {
	source, err := bbolt.Open(from, 0o600, &bbolt.Options{ReadOnly: true, Timeout: attempt})
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := bbolt.Open(to, 0o600, &bbolt.Options{Timeout: attempt})
	if err != nil {
		return err
	}
	defer target.Close()
	return source.View(func(s *bbolt.Tx) error {
		return target.Update(func(t *bbolt.Tx) error {
			for _, name := range []string{"members", "members_removed", "cluster", "alarm"} {
				if err := t.DeleteBucket([]byte(name)); err != nil && !errors.Is(err, bbolt.ErrBucketNotFound) {
					return err
				}
				if err := copyBucket(s, t, name); err != nil {
					return err
				}
			}
			meta, own := t.Bucket([]byte("meta")), s.Bucket([]byte("meta"))
			if meta == nil || own == nil {
				return errors.New("it is no database of etcd")
			}
			for _, key := range []string{"consistent_index", "term", "confState"} {
				if err := meta.Put([]byte(key), own.Get([]byte(key))); err != nil {
					return err
				}
			}
			return bump(t, leap, 0)
		})
	})
}

func copyBucket(from, to *bbolt.Tx, name string) error {
	source := from.Bucket([]byte(name))
	if source == nil {
		return nil
	}
	target, err := to.CreateBucket([]byte(name))
	if err != nil {
		return err
	}
	return source.ForEach(target.Put)
}
