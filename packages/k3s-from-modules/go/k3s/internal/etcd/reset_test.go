package etcd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"k3s-lab/k3s/internal/bootstrap"
	"k3s-lab/k3s/internal/layout"
)

// saved is a snapshot of a cluster of three things, each changed often, whose token is "secret".
func saved(t *testing.T) string {
	t.Helper()
	ctx, c := context.Background(), alone(t, t.TempDir())
	sealed, err := bootstrap.Bundle{"server-ca.crt": []byte("its authority")}.Seal("secret")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		for _, key := range []string{"a", "b", "c"} {
			if _, err := c.Put(ctx, "/registry/"+key, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := c.Put(ctx, bootstrap.Key, string(sealed)); err != nil {
		t.Fatal(err)
	}
	r, err := c.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "snapshot")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRestoredOnAnotherMachine(t *testing.T) {
	ctx, m := context.Background(), member(t)
	if err := m.Reset(ctx, saved(t), "secret"); err != nil {
		t.Fatal(err)
	}
	name, _ := m.Name()
	if ca, err := os.ReadFile(m.Data.TLS("server-ca.crt")); string(ca) != "its authority" {
		t.Error(ca, err)
	}
	if begun, _ := filepath.Glob(filepath.Join(m.Data.Etcd(), "member", "snap", "*.snap")); len(begun) == 0 {
		t.Error("a member that joins would not get what was restored")
	}
	var revision int64
	// Twice: what is written after a restore must be there at the next start, too.
	for round := range 2 {
		err := m.alone(ctx, m.Data.Etcd(), look, func(c *clientv3.Client, _ uint64) error {
			r, err := c.Get(ctx, "/registry/", clientv3.WithPrefix())
			if err != nil || len(r.Kvs) != 3+round || string(r.Kvs[0].Value) != "49" || r.Kvs[0].Version != 50 {
				t.Errorf("start %d: %v %v", round, r, err)
			}
			if r.Header.Revision < leap || round == 1 && r.Header.Revision != revision {
				t.Errorf("revision %d, then %d", revision, r.Header.Revision)
			}
			list, err := c.MemberList(ctx)
			if err != nil || len(list.Members) != 1 || list.Members[0].Name != name || list.Members[0].PeerURLs[0] != "https://10.0.0.1:2380" {
				t.Error(list, err)
			}
			// Who watches from before is told so.
			watch := <-c.Watch(ctx, "/registry/", clientv3.WithPrefix(), clientv3.WithRev(200))
			if !errors.Is(watch.Err(), rpctypes.ErrCompacted) {
				t.Error(watch.Err())
			}
			p, err := c.Put(ctx, "/registry/new", "x")
			if err == nil {
				revision = p.Header.Revision
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Reset(ctx, "", "secret"); err == nil || !strings.Contains(err.Error(), "manually delete the "+ResetFlag(m.Data)) {
		t.Error(err)
	}
}

func TestARefusedRestoreChangesNothing(t *testing.T) {
	ctx, m, file := context.Background(), member(t), saved(t)
	if err := m.Reset(ctx, file, "secret"); err != nil {
		t.Fatal(err)
	}
	os.Remove(ResetFlag(m.Data))
	name, _ := m.Name()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in := func(content []byte) string {
		name := filepath.Join(t.TempDir(), "snapshot")
		os.WriteFile(name, content, 0o600)
		return name
	}
	damaged := append([]byte{}, b...)
	damaged[len(damaged)/2] ^= 1
	for want, c := range map[string]struct{ file, token string }{
		"encrypted with different token":           {file, "other"},
		"is damaged":                               {in(damaged), "secret"},
		"is no snapshot of etcd, or a part of one": {in(b[:len(b)/2+7]), "secret"},
		"snapshot path does not exist":             {"/does/not/exist", "secret"},
		"must be a file, not a directory":          {t.TempDir(), "secret"},
	} {
		if err := m.Reset(ctx, c.file, c.token); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if now, _ := m.Name(); now != name || !Initialized(m.Data) {
		t.Error("the store was touched")
	}
}

func TestResetAtAnotherAddress(t *testing.T) {
	ctx, m := context.Background(), member(t)
	if err := m.Reset(ctx, "", "secret"); err == nil || !strings.Contains(err.Error(), "etcd database not found") {
		t.Error(err)
	}
	if err := m.Reset(ctx, saved(t), "secret"); err != nil {
		t.Fatal(err)
	}
	os.Remove(ResetFlag(m.Data))
	m.Address = netip.MustParseAddr("10.0.0.9")
	if err := m.Reset(ctx, "", "secret"); err != nil {
		t.Fatal(err)
	}
	err := m.alone(ctx, m.Data.Etcd(), look, func(c *clientv3.Client, _ uint64) error {
		list, err := c.MemberList(ctx)
		if err != nil || len(list.Members) != 1 || list.Members[0].PeerURLs[0] != "https://10.0.0.9:2380" {
			t.Error(list, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSnapshots(t *testing.T) {
	s := &Snapshots{Data: layout.Data(t.TempDir()), Dir: t.TempDir(), Node: "server-1", Name: "etcd-snapshot"}
	if _, err := s.Save(context.Background()); err == nil || !strings.Contains(err.Error(), "etcd database not found in") {
		t.Error(err)
	}
	for _, name := range []string{"etcd-snapshot-server-1-1700000003", "etcd-snapshot-server-1-1700000001", "etcd-snapshot-server-1-1700000002.zip",
		"etcd-snapshot-server-1-b-1700000000", "on-demand-server-1-1600000000", "etcd-snapshot-server-1-1700000004.part"} {
		os.WriteFile(filepath.Join(s.Dir, name), []byte("content"), 0o600)
	}
	names := func() (out []string) {
		all, err := s.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			out = append(out, one.Name)
		}
		return out
	}
	want := "on-demand-server-1-1600000000 etcd-snapshot-server-1-b-1700000000 etcd-snapshot-server-1-1700000001 etcd-snapshot-server-1-1700000002.zip etcd-snapshot-server-1-1700000003"
	if got := strings.Join(names(), " "); got != want {
		t.Error(got)
	}
	// Only what was saved here under this name goes: the other node's has a longer one.
	if gone, err := s.Prune(1); err != nil || strings.Join(gone, " ") != "etcd-snapshot-server-1-1700000001 etcd-snapshot-server-1-1700000002.zip" {
		t.Error(gone, err)
	}
	if gone, err := s.Delete("on-demand-server-1-1600000000", "nothing"); err != nil || len(gone) != 1 {
		t.Error(gone, err)
	}
	if _, err := s.Delete("../" + filepath.Base(s.Dir)); err == nil {
		t.Error("a file elsewhere is deleted")
	}
	if got := names(); len(got) != 2 {
		t.Error(got)
	}
}

func TestPacked(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "a")
	os.WriteFile(plain, []byte("content"), 0o600)
	if err := pack(plain, plain+compressed); err != nil {
		t.Fatal(err)
	}
	if err := unpack(plain+compressed, filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "b")); string(b) != "content" {
		t.Errorf("%q", b)
	}
}
