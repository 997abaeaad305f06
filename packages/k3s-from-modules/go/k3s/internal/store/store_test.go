package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	coordination "k8s.io/api/coordination/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/storage/etcd3"
)

// open serves a new store and returns a client of it, and the folder of its files.
func open(t *testing.T) (*clientv3.Client, string) {
	t.Helper()
	dir := t.TempDir()
	socket := filepath.Join(dir, "kine.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- Serve(ctx, filepath.Join(dir, "state.db"), l) }()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{"unix://" + socket}, DialTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return client, dir
}

// put writes a key as the API server does, over the revision that it knows; 0 creates it.
func put(t *testing.T, c *clientv3.Client, key, value string, known int64) int64 {
	t.Helper()
	txn := c.Txn(context.Background()).If(clientv3.Compare(clientv3.ModRevision(key), "=", known)).Then(clientv3.OpPut(key, value))
	if known != 0 {
		txn = txn.Else(clientv3.OpGet(key))
	}
	r, err := txn.Commit()
	if err != nil || !r.Succeeded {
		t.Fatalf("%s at %d: %v", key, known, err)
	}
	return r.Header.Revision
}

// compactor compacts as the API server does, at each call of its function.
func compactor(t *testing.T, c *clientv3.Client) func() {
	var version, revision int64
	return func() {
		t.Helper()
		var err error
		if version, revision, _, err = etcd3.Compact(context.Background(), c, version, revision); err != nil {
			t.Fatal(err)
		}
	}
}

// What an idle cluster writes between two compactions is enough: this is the API's conformance on continued lists.
func TestAFewRevisionsAreCompacted(t *testing.T) {
	c, _ := open(t)
	compact := compactor(t, c)
	first := put(t, c, "/registry/things/a", "1", 0)
	put(t, c, "/registry/things/a", "2", first)
	at := func(revision int64) (string, error) {
		r, err := c.Get(context.Background(), "/registry/things/", clientv3.WithPrefix(), clientv3.WithRev(revision))
		if err != nil || len(r.Kvs) != 1 {
			return "", err
		}
		return string(r.Kvs[0].Value), nil
	}
	compact() // tells where the store is
	since := put(t, c, "/registry/other", "x", 0)
	if value, err := at(first); value != "1" || err != nil {
		t.Errorf("a revision went before its time: %q, %v", value, err)
	}
	compact()
	if _, err := at(first); !errors.Is(err, rpctypes.ErrCompacted) {
		t.Errorf("the first revision is still there: %v", err)
	}
	if value, err := at(since); value != "2" || err != nil {
		t.Errorf("what was written since the last compaction is gone: %q, %v", value, err)
	}
	if r, err := c.Get(context.Background(), "/registry/things/a"); err != nil || len(r.Kvs) != 1 || string(r.Kvs[0].Value) != "2" {
		t.Errorf("the newest went with it: %+v, %v", r, err)
	}
}

// lease is a node's lease as a kubelet renews it, 10 s after the last time.
func lease(t *testing.T, node string, renewal int) string {
	t.Helper()
	holder, seconds := node, int32(40)
	when := meta.NewMicroTime(time.Unix(1_700_000_000, 0).Add(time.Duration(renewal) * 10 * time.Second))
	l := coordination.Lease{
		ObjectMeta: meta.ObjectMeta{
			Name: node, Namespace: "kube-node-lease", UID: "01234567-89ab-cdef-0123-456789abcdef",
			OwnerReferences: []meta.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: node, UID: "01234567-89ab-cdef-0123-456789abcdef"}},
			ManagedFields: []meta.ManagedFieldsEntry{{
				Manager: "k3s", Operation: "Update", APIVersion: "coordination.k8s.io/v1", FieldsType: "FieldsV1",
				FieldsV1: &meta.FieldsV1{Raw: []byte(`{"f:metadata":{"f:ownerReferences":{".":{},"k:{\"uid\":\"01234567-89ab-cdef-0123-456789abcdef\"}":{}}},"f:spec":{"f:holderIdentity":{},"f:leaseDurationSeconds":{},"f:renewTime":{}}}`)},
			}},
		},
		Spec: coordination.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &when},
	}
	b, err := l.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return "k8s\x00" + string(b)
}

// Renewals of three nodes' leases, compacted as often as the API server does. K3S_LAB_RENEWALS makes it more of them:
// 200,000 are a week.
func TestLeaseRenewalsDoNotFillTheDisk(t *testing.T) {
	renewals, limit := 5_000, int64(8<<20)
	if given := os.Getenv("K3S_LAB_RENEWALS"); given != "" {
		var err error
		if renewals, err = strconv.Atoi(given); err != nil {
			t.Fatal(err)
		}
	}
	const nodes = 3
	perInterval := nodes * int(CompactInterval/(10*time.Second))
	c, dir := open(t)
	compact := compactor(t, c)
	known := [nodes]int64{}
	for i := range renewals {
		node := i % nodes
		name := fmt.Sprintf("agent%d", node)
		known[node] = put(t, c, "/registry/leases/kube-node-lease/"+name, lease(t, name, i), known[node])
		if i%perInterval == perInterval-1 {
			compact()
		}
	}
	compact()
	var size int64
	files, err := filepath.Glob(filepath.Join(dir, "state.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	t.Logf("%d renewals: %.1f MB in %d files", renewals, float64(size)/1e6, len(files))
	if size > limit {
		t.Errorf("%d bytes after %d renewals, want at most %d", size, renewals, limit)
	}
	for node, revision := range known {
		r, err := c.Get(context.Background(), fmt.Sprintf("/registry/leases/kube-node-lease/agent%d", node))
		if err != nil || len(r.Kvs) != 1 || r.Kvs[0].ModRevision != revision {
			t.Errorf("node %d: %+v, %v", node, r, err)
		}
	}
}
