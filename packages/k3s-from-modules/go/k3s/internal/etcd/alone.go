package etcd

import (
	"context"
	"net/url"
	"os"
	"path/filepath"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

// purpose is what a member runs alone for.
type purpose int

const (
	look   purpose = iota
	reset          // take all other members out
	settle         // begin the log anew, see there
)

// alone runs a member in this process, which nobody else can reach, and ends it after do. dir has its data, or gets those of
// a new cluster.
func (m *Member) alone(ctx context.Context, dir string, why purpose, do func(client *clientv3.Client, id uint64) error) error {
	sockets, err := os.MkdirTemp("", "k3s-etcd-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(sockets)
	b, err := os.ReadFile(filepath.Join(dir, "name"))
	if err != nil {
		return err
	}
	peer, err := url.Parse(m.peerURL())
	if err != nil {
		return err
	}
	c := embed.NewConfig()
	c.Name, c.Dir, c.LogLevel, c.ForceNewCluster = string(b), dir, "fatal", why == reset
	if why == settle {
		c.SnapshotCount, c.SnapshotCatchUpEntries = 1, 1
	}
	c.ListenClientUrls = []url.URL{{Scheme: "unix", Path: filepath.Join(sockets, "client")}}
	c.ListenPeerUrls = []url.URL{{Scheme: "unix", Path: filepath.Join(sockets, "peer")}}
	c.AdvertisePeerUrls = []url.URL{*peer}
	c.InitialCluster = c.Name + "=" + m.peerURL()
	e, err := embed.StartEtcd(c)
	if err != nil {
		return err
	}
	defer e.Close()
	select {
	case <-e.Server.ReadyNotify():
	case <-ctx.Done():
		return ctx.Err()
	}
	client := v3client.New(e.Server)
	defer client.Close()
	return do(client, uint64(e.Server.MemberID()))
}

// makeAlone makes this member the only one of its cluster, at the address that the machine has now.
func (m *Member) makeAlone(ctx context.Context, dir string, do func(*clientv3.Client) error) error {
	return m.alone(ctx, dir, reset, func(client *clientv3.Client, id uint64) error {
		if _, err := client.MemberUpdate(ctx, id, []string{m.peerURL()}); err != nil {
			return err
		}
		return do(client)
	})
}

// settle makes a database that was changed outside of the log the beginning of the log. Otherwise a member that joins would be
// told all entries of the log, to which the database is not the answer, and would lack what it had before.
func (m *Member) settle(ctx context.Context, dir string) error {
	return m.alone(ctx, dir, settle, func(client *clientv3.Client, _ uint64) error {
		for {
			if _, err := client.Put(ctx, "/k3s/settled", ""); err != nil {
				return err
			}
			done, err := filepath.Glob(filepath.Join(dir, "member", "snap", "*.snap"))
			if len(done) != 0 || err != nil {
				return err
			}
		}
	})
}
