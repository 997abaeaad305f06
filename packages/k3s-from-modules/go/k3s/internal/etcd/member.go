// Package etcd keeps the store on several servers, as K3s does: it makes this server a member, lets others in, and moves,
// saves and restores what is stored. The store itself is upstream's.
package etcd

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
)

// LocalEndpoint is where this server's own parts reach its member.
const LocalEndpoint = "https://127.0.0.1:2379"

// Member is this server's part of the store.
type Member struct {
	Data    layout.Data
	Node    string
	Address netip.Addr
	Args    []string // NAME=VALUE, as etcd-arg gives them
	Debug   bool
	Metrics bool // also where others reach it
}

// Initialized says whether this server has been a member, and has its data.
func Initialized(data layout.Data) bool {
	_, err := os.Stat(filepath.Join(data.Etcd(), "member", "wal"))
	return err == nil
}

// Removed says whether the member's cluster has removed it.
func Removed(data layout.Data) bool {
	_, err := os.Stat(filepath.Join(data.Etcd(), tombstone))
	return err == nil
}

// Forget puts the data of a member that was removed aside, under a name that K3s gives it, in the place of former ones.
func Forget(data layout.Data) error {
	old := data.Etcd() + "-old"
	return errors.Join(os.RemoveAll(old), os.Rename(data.Etcd(), old))
}

// Name reads the member's name, making it first if there is none: a member that comes anew is another one.
func (m *Member) Name() (string, error) { return m.nameIn(m.Data.Etcd()) }

func (m *Member) nameIn(dir string) (string, error) {
	file := filepath.Join(dir, "name")
	b, err := os.ReadFile(file)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return strings.TrimSpace(string(b)), err
	}
	random := make([]byte, 4)
	rand.Read(random) // never fails, it aborts the program instead
	name := m.Node + "-" + hex.EncodeToString(random)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return name, pki.WriteFile(file, []byte(name), 0o600)
}

// nodeOf is the node that a member's name was made from.
func nodeOf(member string) string {
	if i := strings.LastIndex(member, "-"); i > 0 {
		return member[:i]
	}
	return member
}

func (m *Member) peerURL() string { return "https://" + netip.AddrPortFrom(m.Address, 2380).String() }
func (m *Member) clientURL() string {
	return "https://" + netip.AddrPortFrom(m.Address, 2379).String()
}

// First describes the only member of a new cluster.
func (m *Member) First() (cluster map[string]string, err error) {
	name, err := m.Name()
	return map[string]string{name: m.peerURL()}, err
}

// WriteConfig writes etcd's own configuration, and returns its file. cluster has the members by name, which a member that has
// no data yet needs: others is whether they are there already.
func (m *Member) WriteConfig(cluster map[string]string, others bool) (string, error) {
	name, err := m.Name()
	if err != nil {
		return "", err
	}
	tls, metrics, level, state := m.Data.TLS, "http://127.0.0.1:2381", "warn", "new"
	if m.Metrics {
		metrics += ",http://" + netip.AddrPortFrom(m.Address, 2381).String()
	}
	if m.Debug {
		level = "info"
	}
	if others {
		state = "existing"
	}
	c := map[string]any{
		"name": name, "data-dir": m.Data.Etcd(),
		"listen-client-urls":          LocalEndpoint + "," + m.clientURL(),
		"listen-peer-urls":            "https://127.0.0.1:2380," + m.peerURL(),
		"listen-metrics-urls":         metrics,
		"advertise-client-urls":       m.clientURL(),
		"initial-advertise-peer-urls": m.peerURL(),
		"initial-cluster":             initialCluster(cluster),
		"initial-cluster-state":       state,
		"client-transport-security": map[string]any{
			"cert-file": tls("etcd/server-client.crt"), "key-file": tls("etcd/server-client.key"),
			"trusted-ca-file": tls("etcd/server-ca.crt"), "client-cert-auth": true,
		},
		"peer-transport-security": map[string]any{
			"cert-file": tls("etcd/peer-server-client.crt"), "key-file": tls("etcd/peer-server-client.key"),
			"trusted-ca-file": tls("etcd/peer-ca.crt"), "client-cert-auth": true,
		},
		// K3s' own: a server that is busy for a moment does not lose the lead.
		"heartbeat-interval": 500, "election-timeout": 5000,
		"snapshot-count": 10000, "watch-progress-notify-interval": 5 * time.Second,
		// What its clients would notice. By etcd's own defaults, several servers on one disk log lines every second, and without
		// the first of these it warns of each request.
		"warning-unary-request-duration": attempt, "warning-apply-duration": attempt,
		"feature-gates":                        "InitialCorruptCheck=true",
		"bootstrap-defrag-threshold-megabytes": 100,
		"logger":                               "zap", "log-outputs": []string{"stderr"}, "log-level": level,
	}
	for _, arg := range m.Args {
		key, value, ok := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !ok {
			return "", fmt.Errorf("etcd-arg %q: want NAME=VALUE", arg)
		}
		var typed any
		if err := yaml.Unmarshal([]byte(value), &typed); err != nil {
			typed = value
		}
		c[key] = typed
	}
	b, err := yaml.Marshal(c)
	if err != nil {
		return "", err
	}
	file := filepath.Join(m.Data.Etcd(), "config")
	return file, pki.WriteFile(file, b, 0o600)
}

func initialCluster(members map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		out = append(out, name+"="+members[name])
	}
	return strings.Join(out, ",")
}
