package etcd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	core "k8s.io/api/core/v1"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/store"
)

func member(t *testing.T) *Member {
	return &Member{Data: layout.Data(t.TempDir()), Node: "server-1", Address: netip.MustParseAddr("10.0.0.1")}
}

// alone runs an etcd of one member in dir, without certificates, and returns a client of it.
func alone(t *testing.T, dir string) *clientv3.Client {
	t.Helper()
	c := embed.NewConfig()
	c.Dir, c.LogLevel = dir, "fatal"
	anywhere := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	c.ListenClientUrls, c.ListenPeerUrls = anywhere, anywhere
	e, err := embed.StartEtcd(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	<-e.Server.ReadyNotify()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{e.Clients[0].Addr().String()}, DialTimeout: attempt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestAMemberKeepsItsName(t *testing.T) {
	m := member(t)
	first, err := m.Name()
	if err != nil || nodeOf(first) != "server-1" || first == "server-1" {
		t.Fatal(first, err)
	}
	if second, _ := m.Name(); second != first {
		t.Errorf("%s, then %s", first, second)
	}
	if err := Forget(m.Data); err != nil {
		t.Fatal(err)
	}
	if third, _ := m.Name(); third == first {
		t.Error("a member that comes anew has its former name")
	}
}

func TestConfig(t *testing.T) {
	m := member(t)
	m.Args = []string{"quota-backend-bytes=4294967296", "--log-level=debug"}
	file, err := m.WriteConfig(map[string]string{"b": "https://10.0.0.2:2380", "a": "https://10.0.0.1:2380"}, true)
	if err != nil {
		t.Fatal(err)
	}
	c, err := embed.ConfigFromFile(file) // etcd's own reader
	if err != nil {
		t.Fatal(err)
	}
	if c.InitialCluster != "a=https://10.0.0.1:2380,b=https://10.0.0.2:2380" || c.ClusterState != "existing" {
		t.Error(c.InitialCluster, c.ClusterState)
	}
	if c.WarningUnaryRequestDuration != attempt || c.WarningApplyDuration != attempt {
		t.Error("it warns of requests that take", c.WarningUnaryRequestDuration, c.WarningApplyDuration)
	}
	if !c.ClientTLSInfo.ClientCertAuth || !c.PeerTLSInfo.ClientCertAuth || c.PeerTLSInfo.TrustedCAFile != m.Data.TLS("etcd/peer-ca.crt") {
		t.Error(c.ClientTLSInfo, c.PeerTLSInfo)
	}
	if c.QuotaBackendBytes != 4<<30 || c.LogLevel != "debug" || c.TickMs != 500 || c.ElectionMs != 5000 {
		t.Error(c.QuotaBackendBytes, c.LogLevel, c.TickMs, c.ElectionMs)
	}
	m.Args = []string{"nonsense"}
	if _, err := m.WriteConfig(nil, false); err == nil || !strings.Contains(err.Error(), "NAME=VALUE") {
		t.Error(err)
	}
}

func TestMembersByName(t *testing.T) {
	m := member(t)
	named := &etcdserverpb.Member{Name: "server-2-ab", PeerURLs: []string{"https://10.0.0.2:2380"}}
	own := &etcdserverpb.Member{PeerURLs: []string{"https://10.0.0.1:2380"}}
	got, err := byName([]*etcdserverpb.Member{named, own}, m.itself, "server-1-cd")
	if err != nil || got["server-1-cd"] != "https://10.0.0.1:2380" || got["server-2-ab"] != "https://10.0.0.2:2380" {
		t.Error(got, err)
	}
	other := &etcdserverpb.Member{PeerURLs: []string{"https://10.0.0.3:2380"}}
	if _, err := byName([]*etcdserverpb.Member{named, own, other}, m.itself, "server-1-cd"); err == nil {
		t.Error("etcd would refuse to start beside a member without a name")
	}
}

func TestTheNodeTellsItsMember(t *testing.T) {
	m := member(t)
	name, _ := m.Name()
	n := &core.Node{}
	for range 2 {
		if err := m.Mark(n); err != nil {
			t.Fatal(err)
		}
	}
	if n.Annotations[nameAnnotation] != name || n.Annotations[addressAnnotation] != "10.0.0.1" || len(n.Finalizers) != 1 {
		t.Errorf("%+v", n.ObjectMeta)
	}
}

func TestTheLastMemberStays(t *testing.T) {
	c := alone(t, t.TempDir())
	if err := Remove(context.Background(), c, "default"); err != nil {
		t.Fatal(err)
	}
	if list, err := c.MemberList(context.Background()); err != nil || len(list.Members) != 1 {
		t.Error(list, err)
	}
}

func TestBootstrapIsKeptForItsToken(t *testing.T) {
	c, data := alone(t, t.TempDir()), layout.Data(t.TempDir())
	for _, name := range []string{"server-ca", "client-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca", "service"} {
		os.MkdirAll(data.TLS("etcd"), 0o700)
		os.WriteFile(data.TLS(name+".crt"), []byte(name), 0o600)
		os.WriteFile(data.TLS(name+".key"), []byte(name), 0o600)
	}
	ctx := context.Background()
	for range 2 {
		if err := KeepBootstrap(ctx, c, data, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	if err := KeepBootstrap(ctx, c, data, "other"); err == nil || !strings.Contains(err.Error(), "encrypted with different token") {
		t.Error(err)
	}
	os.WriteFile(data.TLS("client-ca.key"), []byte("new"), 0o600)
	if err := KeepBootstrap(ctx, c, data, "secret"); err == nil || !strings.Contains(err.Error(), "client-ca.key is of another cluster") {
		t.Error(err)
	}
}

func TestMigration(t *testing.T) {
	ctx, m := context.Background(), member(t)
	if err := m.Migrate(ctx); err != nil || Initialized(m.Data) {
		t.Fatal("there is nothing to migrate", err)
	}
	os.MkdirAll(filepath.Dir(m.Data.Database()), 0o700)
	revision := fill(t, m.Data.Database())
	if err := m.Migrate(ctx); err != nil || !Initialized(m.Data) {
		t.Fatal(err)
	}
	if err := RetireSQLite(m.Data); err != nil || HasSQLite(m.Data) {
		t.Error("the database is still in use", err)
	}
	if _, err := os.Stat(m.Data.Database() + ".migrated"); err != nil {
		t.Error(err)
	}
	err := m.alone(ctx, m.Data.Etcd(), look, func(to *clientv3.Client, _ uint64) error {
		if r, err := to.Get(ctx, "/registry/events/", clientv3.WithPrefix()); err != nil || r.Count != 0 {
			t.Error("what ends by itself would stay for ever", r.Count, err)
		}
		r, err := to.Get(ctx, "/registry/things/", clientv3.WithPrefix())
		if err != nil || r.Count != keys {
			t.Fatal(r.Count, err)
		}
		if got := string(r.Kvs[keys-1].Value); !strings.HasPrefix(got, fmt.Sprint(keys-1)) || len(got) < 9_000 {
			t.Errorf("%.20q", got)
		}
		// Nodes watch from a revision of SQLite's.
		if watch := <-to.Watch(ctx, "/registry/", clientv3.WithPrefix(), clientv3.WithRev(revision)); !errors.Is(watch.Err(), rpctypes.ErrCompacted) {
			t.Error(r.Header.Revision, revision, watch.Err())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// More than a page, and than etcd takes at once.
const keys = 230

// fill returns the revision of the last change.
func fill(t *testing.T, database string) int64 {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	socket := filepath.Join(t.TempDir(), "kine.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- store.Serve(ctx, database, l) }()
	defer func() { cancel(); <-served }()
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{"unix://" + socket}, DialTimeout: attempt})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lease, err := c.Grant(ctx, 3600)
	if err != nil {
		t.Fatal(err)
	}
	create := func(key, value string, options ...clientv3.OpOption) {
		_, err := c.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(key), "=", 0)).Then(clientv3.OpPut(key, value, options...)).Commit()
		if err != nil {
			t.Fatal(err)
		}
	}
	// Often changed, so that its revision is further than a copy's would be.
	known := int64(0)
	for i := range 3 * keys {
		known = putOver(t, c, "/registry/lease", fmt.Sprint(i), known)
	}
	for i := range keys {
		create(fmt.Sprintf("/registry/things/%04d", i), fmt.Sprint(i)+strings.Repeat(" ", 10_000))
	}
	create("/registry/events/a", "ends by itself", clientv3.WithLease(lease.ID))
	r, err := c.Get(ctx, "/registry/lease")
	if err != nil {
		t.Fatal(err)
	}
	return r.Header.Revision
}

func putOver(t *testing.T, c *clientv3.Client, key, value string, known int64) int64 {
	t.Helper()
	txn := c.Txn(context.Background()).If(clientv3.Compare(clientv3.ModRevision(key), "=", known)).Then(clientv3.OpPut(key, value))
	if known != 0 {
		txn = txn.Else(clientv3.OpGet(key))
	}
	r, err := txn.Commit()
	if err != nil || !r.Succeeded {
		t.Fatal(r, err)
	}
	return r.Header.Revision
}
