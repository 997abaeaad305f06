package etcd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"k3s-lab/k3s/internal/bootstrap"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
)

// ResetFlag is there from a reset to the next start, so that a flag that was forgotten does not reset again and again.
func ResetFlag(data layout.Data) string { return filepath.Join(data.Server(), "db", "reset-flag") }

// Reset makes this server's member the only one. snapshot: what it then has; empty: what it has now. The authorities are those
// that the store has, locked by the token's password.
func (m *Member) Reset(ctx context.Context, snapshot, password string) error {
	flag := ResetFlag(m.Data)
	if _, err := os.Stat(flag); err == nil { // K3s' words
		return fmt.Errorf("cluster-reset was successfully performed, please remove the cluster-reset flag and start k3s normally, "+
			"if you need to perform another cluster reset, you must first manually delete the %s file", flag)
	}
	if c, err := net.DialTimeout("tcp", strings.TrimPrefix(LocalEndpoint, "https://"), attempt); err == nil {
		c.Close()
		return errors.New("cluster-reset: etcd runs on this server. Stop K3s first: systemctl stop k3s")
	}
	dir := m.Data.Etcd()
	if snapshot == "" {
		if !Initialized(m.Data) {
			return fmt.Errorf("cluster-reset: etcd database not found in %s. Name a snapshot: cluster-reset-restore-path", dir)
		}
		err := m.makeAlone(ctx, dir, func(c *clientv3.Client) error { return m.takeBootstrap(ctx, c, password, false) })
		if err != nil {
			return err
		}
		return pki.WriteFile(flag, nil, 0o600)
	}
	next, err := m.restored(ctx, snapshot, password)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err == nil {
		if err := os.Rename(dir, fmt.Sprintf("%s-old-%d", dir, time.Now().Unix())); err != nil {
			return err
		}
	}
	return errors.Join(os.Rename(next, dir), pki.WriteFile(flag, nil, 0o600))
}

// restored makes a member's data beside those that are there, which stay as they are where something is wrong.
func (m *Member) restored(ctx context.Context, snapshot, password string) (string, error) {
	info, err := os.Stat(snapshot)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("etcd: snapshot path does not exist: %s", snapshot)
	case err != nil:
		return "", err
	case info.IsDir():
		return "", fmt.Errorf("etcd: snapshot path must be a file, not a directory: %s", snapshot)
	}
	next := m.Data.Etcd() + "-restored"
	if strings.HasSuffix(snapshot, compressed) {
		plain := filepath.Join(m.Data.Server(), "db", "snapshot-unpacked")
		defer os.Remove(plain)
		if err := unpack(snapshot, plain); err != nil {
			return "", err
		}
		snapshot = plain
	}
	if err := m.restore(ctx, snapshot, next); err != nil {
		return "", err
	}
	return next, m.alone(ctx, next, look, func(c *clientv3.Client, _ uint64) error { return m.takeBootstrap(ctx, c, password, true) })
}

// takeBootstrap brings the authorities of the store here. replace: also in the place of others, which are not this cluster's.
func (m *Member) takeBootstrap(ctx context.Context, client *clientv3.Client, password string, replace bool) error {
	there, err := client.Get(ctx, bootstrap.Key)
	if err != nil {
		return err
	}
	if len(there.Kvs) == 0 {
		return errors.New("the store has no bootstrap data: it is not one of K3s from modules")
	}
	b, err := bootstrap.Open(password, there.Kvs[0].Value)
	if err != nil {
		return fmt.Errorf("%w. Give the token that the cluster had at that time", err)
	}
	if replace {
		return b.Replace(m.Data)
	}
	return b.Write(m.Data)
}
