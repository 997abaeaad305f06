package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"k3s-lab/k3s/internal/bootstrap"
	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/supervise"
	"k3s-lab/k3s/internal/token"
)

// startStore starts what keeps the cluster's objects, and makes the secrets that go with it: SQLite for an only server, etcd
// where it was told to be one of several, or has been one.
func (s *Server) startStore(ctx context.Context) error {
	c := s.Config
	s.many = c.ClusterInit || c.ServerURL != "" || etcd.Initialized(c.Data)
	if s.many {
		return s.startEtcd(ctx)
	}
	if err := writeSecrets(c, s.Agent.IP()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.Data.Database()), 0o700); err != nil {
		return err
	}
	socket, err := listen(c.Data.KineSocket())
	if err != nil {
		return err
	}
	s.Supervisor.Start(supervise.Part{Name: "kine", Args: kineArgs(c), Files: []*os.File{socket}})
	return nil
}

// startEtcd makes this server the first member, or lets it join others, or goes on as the member that it was.
func (s *Server) startEtcd(ctx context.Context) error {
	c := s.Config
	m := newMember(c, s.Agent.IP())
	s.member = m
	if etcd.Removed(c.Data) {
		if c.ServerURL == "" {
			return fmt.Errorf("this server was removed from its cluster and has no other server to join. "+
				"Give one (server: https://ADDRESS:6443), or remove %s to begin another cluster", c.Data.Etcd())
		}
		slog.Info("this server was removed from its cluster; its store is put aside, and it joins anew")
		if err := etcd.Forget(c.Data); err != nil {
			return err
		}
	}
	switch {
	case etcd.Initialized(c.Data):
		if _, err := os.Stat(c.Data.TLS("etcd/server-ca.key")); err != nil {
			return fmt.Errorf("the store of this server is here and its authorities are not: %w. Put server/tls back", err)
		}
		return s.runMember(ctx, m, nil, nil)
	case c.ServerURL != "":
		return s.joinCluster(ctx, m)
	}
	if err := m.Migrate(ctx); err != nil {
		return err
	}
	members, err := m.First()
	if err != nil {
		return err
	}
	return s.runMember(ctx, m, members, nil)
}

func newMember(c *config.Server, ip netip.Addr) *etcd.Member {
	return &etcd.Member{Data: c.Data, Node: c.Name, Address: ip, Args: c.EtcdArgs, Debug: c.Debug, Metrics: c.EtcdMetrics}
}

// joinCluster gets from another server what all have in common, and becomes a member beside it.
func (s *Server) joinCluster(ctx context.Context, m *etcd.Member) error {
	c := s.Config
	if etcd.HasSQLite(c.Data) {
		return fmt.Errorf("%s: this server has a cluster of its own, which it would lose by joining %s. Remove %s if that is meant",
			c.Data.Database(), c.ServerURL, c.Data.Server())
	}
	t, err := token.Parse(c.Token)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	cluster, err := fetch(ctx, c.ServerURL, t)
	if err != nil {
		return err
	}
	if wrong := c.Mismatch(cluster.Critical); len(wrong) != 0 {
		return fmt.Errorf("failed to validate server configuration: critical configuration value mismatch between servers: "+ // K3s' words
			"%s (%s). Give this server the same values", strings.Join(wrong, "; "), c.ServerURL)
	}
	if err := cluster.Bootstrap.Write(c.Data); err != nil {
		return err
	}
	if _, err := writeCertificates(c, s.Agent.IP()); err != nil {
		return err
	}
	others, err := etcd.Client(c.Data, cluster.Members...)
	if err != nil {
		return err
	}
	defer others.Close()
	members, err := m.Join(ctx, others, waiting("the other servers' etcd"))
	if err != nil {
		return err
	}
	return s.runMember(ctx, m, members, others)
}

// runMember starts etcd, and returns when it serves this server and has what all servers have in common. others are the
// members that are there already, where this one has just been added to them.
func (s *Server) runMember(ctx context.Context, m *etcd.Member, members map[string]string, others *clientv3.Client) error {
	c := s.Config
	ca, err := writeCertificates(c, s.Agent.IP())
	if err != nil {
		return err
	}
	file, err := m.WriteConfig(members, others != nil)
	if err != nil {
		return err
	}
	s.Supervisor.Start(supervise.Part{Name: "etcd", Args: []string{"--config-file=" + file}})
	client, err := etcd.Client(c.Data)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := s.promote(ctx, m, client, others); err != nil {
		return err
	}
	if err := etcd.Await(ctx, client, waiting("etcd, which needs the majority of its servers")); err != nil {
		return err
	}
	if err := etcd.RetireSQLite(c.Data); err != nil {
		return err
	}
	password, err := serverPassword(c, ca, false)
	if err != nil {
		return err
	}
	err = etcd.KeepBootstrap(ctx, client, c.Data, password)
	if errors.Is(err, bootstrap.ErrOtherToken) {
		return fmt.Errorf("token: %w. Give the token that the other servers have", err)
	}
	if err != nil {
		return err
	}
	if err := os.Remove(etcd.ResetFlag(c.Data)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeTokens(c, ca, password)
}

// promote gives this member its vote where it has none yet. A member that was stopped while it learned goes on with that.
func (s *Server) promote(ctx context.Context, m *etcd.Member, own, others *clientv3.Client) error {
	learns, err := etcd.Learns(ctx, own, waiting("etcd"))
	if err != nil || !learns {
		return err
	}
	if others == nil {
		t, err := token.Parse(s.Config.Token)
		if err != nil {
			return fmt.Errorf("token: %w", err)
		}
		cluster, err := fetch(ctx, s.Config.ServerURL, t)
		if err != nil {
			return err
		}
		if others, err = etcd.Client(s.Config.Data, cluster.Members...); err != nil {
			return err
		}
		defer others.Close()
	}
	return m.Promote(ctx, others, waiting("a vote in etcd"))
}

// fetch asks until the server tells what another one needs, or refuses.
func fetch(ctx context.Context, url string, t token.Token) (*join.Cluster, error) {
	say := waiting("server " + url)
	for {
		cluster, err := join.FetchCluster(ctx, url, t)
		var refused *join.Refused
		if err == nil || errors.As(err, &refused) {
			return cluster, err
		}
		say(err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// waiting logs the first failure of a kind, and then one every ten seconds.
func waiting(what string) func(error) {
	var said string
	var when time.Time
	return func(err error) {
		if err.Error() != said || time.Since(when) > 10*time.Second {
			said, when = err.Error(), time.Now()
			slog.Info("waiting for "+what, "reason", err)
		}
	}
}

// listen opens kine's socket here: the API server can connect before kine is there, and waits for it.
func listen(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of the last start
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	defer l.Close()
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, err
	}
	return l.File()
}
