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

// alone runs a member in this process, which nobody else can reach, and ends it after do. dir has its data, or gets those of
// a new cluster. reset takes all other members out.
func (m *Member) alone(ctx context.Context, dir string, reset bool, do func(client *clientv3.Client, id uint64) error) error {
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
	c.Name, c.Dir, c.LogLevel, c.ForceNewCluster = string(b), dir, "fatal", reset
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
	return m.alone(ctx, dir, true, func(client *clientv3.Client, id uint64) error {
		if _, err := client.MemberUpdate(ctx, id, []string{m.peerURL()}); err != nil {
			return err
		}
		return do(client)
	})
}
