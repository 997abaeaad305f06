package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// in gives a configuration file and drop-ins to a test; "" names no file.
func in(t *testing.T, main string, dropins ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	os.MkdirAll(file+".d", 0o755)
	write := func(name, content string) {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, main)
	for i, d := range dropins {
		write(filepath.Join(file+".d", string(rune('a'+i))+".yaml"), d)
	}
	return file
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if v, ok := strings.CutPrefix(p, name+"="); ok {
				return v
			}
		}
		return ""
	}
}

func server(t *testing.T, file string, e func(string) string, args ...string) *Server {
	t.Helper()
	s, err := ParseServer(append([]string{"--config", file}, args...), e)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := server(t, in(t, ""), env())
	if s.ClusterCIDR.String() != "10.42.0.0/16" || s.ServiceCIDR.String() != "10.43.0.0/16" || s.ClusterDNS.String() != "10.43.0.10" ||
		s.Port != 6443 || s.KubeconfigMode != 0o600 || s.FlannelBackend != "vxlan" || s.Data != "/var/lib/rancher/k3s" || s.ClusterDomain != "cluster.local" {
		t.Errorf("%+v", s)
	}
}

func TestDNSFollowsTheServiceCIDR(t *testing.T) {
	if s := server(t, in(t, "service-cidr: 10.99.128.0/20\n"), env()); s.ClusterDNS != netip.MustParseAddr("10.99.128.10") {
		t.Error(s.ClusterDNS)
	}
}

func TestPrecedence(t *testing.T) {
	file := in(t, "node-name: from-file\ntls-san: [a, b]\nnode-label: x=1\n", "tls-san+: c\n", "node-label: y=2\n")
	e := env("K3S_NODE_NAME=from-env", "K3S_DATA_DIR=/data", "K3S_KUBECONFIG_MODE=644", "K3S_RESOLV_CONF=/r")
	s := server(t, file, e)
	if s.Name != "from-file" || s.Data != "/data" || s.KubeconfigMode != 0o644 || s.ResolvConf != "/r" {
		t.Errorf("%+v", s.Node)
	}
	if !slices.Equal(s.TLSNames, []string{"a", "b", "c"}) || !slices.Equal(s.Labels, []string{"y=2"}) {
		t.Errorf("%v %v", s.TLSNames, s.Labels)
	}
	s = server(t, file, e, "--node-name=from-flag", "--tls-san", "d,e", "--debug", "--kubelet-arg=eviction-hard=a<1,b<2")
	if s.Name != "from-flag" || !s.Debug || !slices.Equal(s.TLSNames, []string{"d", "e"}) || !slices.Equal(s.KubeletArgs, []string{"eviction-hard=a<1,b<2"}) {
		t.Errorf("%+v", s)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ file, flag, want string }{
		{file: "no-such-key: 1\n", want: `unknown key "no-such-key"`},
		{flag: "--no-such-flag", want: `unknown flag "no-such-flag"`},
		{flag: "extra", want: `unexpected argument "extra"`},
		{flag: "--node-name", want: `flag "node-name" needs a value`},
		{file: "cluster-init: perhaps\n", want: "cluster-init is \"perhaps\", want true or false"},
		{flag: "--datastore-endpoint=x", want: `flag "datastore-endpoint" is not supported`},
		{file: "embedded-registry: true\n", want: "Spegel is not part"},
		{file: "secrets-encryption: true\n", want: `"secrets-encryption" is not supported`},
		{file: "cluster-cidr: 10.42.0.0/16,fd00::/56\n", want: "cluster-cidr: 10.42.0.0/16,fd00::/56: dual-stack is not supported"},
		{file: "service-cidr: fd00::/112\n", want: "IPv6 is not supported"},
		{file: "node-ip: [10.0.0.1, fd00::1]\n", want: "dual-stack"},
		{file: "flannel-backend: wireguard-native\n", want: `flannel-backend "wireguard-native" is not supported, this binary has vxlan, host-gw`},
		{file: "disable: [trefik]\n", want: `unknown component "trefik"`},
		{file: "cluster-cidr: 10.43.0.0/17\n", want: "overlap"},
		{file: "cluster-dns: 10.1.1.1\n", want: "is not in service-cidr"},
		{file: "https-listen-port: x\n", want: "is no port"},
		{file: "write-kubeconfig-mode: rw\n", want: "no octal file mode"},
		{file: "node-name: [a, b]\n", want: "takes one value"},
		{file: "node-name+: a\n", want: "cannot append"},
		{file: "tls-san: {a: b}\n", want: "want a value or a list"},
		{file: "debug: maybe\n", want: "want true or false"},
		{file: "node-name: a\nnode-name: b\n", want: "node-name"},
		{file: "token-file: /does/not/exist\n", want: "/does/not/exist"},
		{file: "server: https://other:6443\n", want: "is needed to join a server"},
		{file: "server: http://other:6443\ntoken: x\n", want: "another server's https:// address"},
		{file: "etcd-snapshot-schedule-cron: daily at noon\n", want: "etcd-snapshot-schedule-cron"},
		{file: "etcd-snapshot-retention: some\n", want: "no number of snapshots to keep"},
		{file: "etcd-s3: true\n", want: "snapshots are files on the server"},
		{flag: "--cluster-reset-restore-path=/a", want: "with cluster-reset only"},
		{flag: "--snapshotter=stargz", want: "stargz"},
		{file: "default-local-storage-path: storage\n", want: `default-local-storage-path "storage" is no absolute path`},
		{file: "default-local-storage-path: /var/..\n", want: "other than /"},
	} {
		args := []string{"--config", in(t, c.file)}
		if c.flag != "" {
			args = append(args, c.flag)
		}
		if _, err := ParseServer(args, env()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %s: got %v, want %q", c.file, c.flag, err, c.want)
		}
	}
}

func TestAllErrorsAtOnce(t *testing.T) {
	_, err := ParseServer([]string{"--config", in(t, "node-ip: x\nhttps-listen-port: y\n")}, env())
	if err == nil || !strings.Contains(err.Error(), "node-ip") || !strings.Contains(err.Error(), "https-listen-port") {
		t.Error(err)
	}
}

func TestMissingConfigFileNamed(t *testing.T) {
	if _, err := ParseServer([]string{"--config", "/does/not/exist.yaml"}, env()); err == nil {
		t.Error("accepted")
	}
}

func TestDisable(t *testing.T) {
	s := server(t, in(t, "disable: [traefik, \"servicelb,metrics-server\"]\ndisable-network-policy: true\n"), env(), "--disable-helm-controller")
	if !s.Disabled("servicelb") || !s.Disabled("traefik") || !s.Disabled("network-policy") || s.Disabled("coredns") {
		t.Error(s.Disable)
	}
	if s := server(t, in(t, "disable: network-policy\n"), env()); !s.Disabled("network-policy") {
		t.Error(s.Disable)
	}
	if s := server(t, in(t, "disable-network-policy: false\n"), env()); s.Disabled("network-policy") {
		t.Error(s.Disable)
	}
}

func TestLocalStoragePath(t *testing.T) {
	for file, want := range map[string]string{"": "/var/lib/rancher/k3s/storage", "data-dir: /data\n": "/data/storage", "default-local-storage-path: /disk/\n": "/disk"} {
		if s := server(t, in(t, file), env()); s.LocalStoragePath != want {
			t.Errorf("%q: %s", file, s.LocalStoragePath)
		}
	}
}

func TestAgent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	os.WriteFile(file, []byte("secret\n"), 0o600)
	e := env("K3S_URL=https://10.0.0.1:6443/", "K3S_TOKEN_FILE="+file, "K3S_NODE_NAME=Agent1")
	n, err := ParseAgent([]string{"--config", in(t, "node-ip: 10.0.0.2\nflannel-iface: eth0\n")}, e)
	if err != nil {
		t.Fatal(err)
	}
	if n.Token != "secret" || n.ServerURL != "https://10.0.0.1:6443" || n.Name != "agent1" || n.LocalPort != 6444 || n.IP.String() != "10.0.0.2" {
		t.Errorf("%+v", n)
	}
}

func TestAgentRefusals(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"token: x\n", "server (K3S_URL)"},
		{"server: http://x:6443\ntoken: x\n", "https://"},
		{"server: https://x:6443\n", "token (K3S_TOKEN or K3S_TOKEN_FILE)"},
		{"server: https://x:6443\ntoken: K10abc::node:x\n", "not K10<sha256>::<user>:<password>"},
		{"server: https://x:6443\ntoken: x\ntls-san: y\n", `key "tls-san" is for servers only`},
	} {
		if _, err := ParseAgent([]string{"--config", in(t, c.file)}, env()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.file, err, c.want)
		}
	}
}

func TestDataDir(t *testing.T) {
	for _, c := range []struct{ file, env, want string }{
		{"data-dir: /of-file\ntls-san: a server\n", "K3S_DATA_DIR=/of-env", "/of-file"},
		{"lb-server-port: 7000\n", "K3S_DATA_DIR=/of-env", "/of-env"},
		{"", "", "/var/lib/rancher/k3s"},
	} {
		if got, err := DataDir(in(t, c.file), env(c.env)); err != nil || string(got) != c.want {
			t.Errorf("%q %s: %s, %v", c.file, c.env, got, err)
		}
	}
	if _, err := DataDir("/does/not/exist.yaml", env()); err == nil {
		t.Error("a file that is not there was accepted")
	}
}

func TestNoKeyIsBothKnownAndAbsent(t *testing.T) {
	for _, k := range keys {
		if _, ok := absent[k.name]; ok {
			t.Error(k.name)
		}
	}
}

func TestMismatch(t *testing.T) {
	here := server(t, in(t, "cluster-cidr: 10.50.0.0/16\ndisable: [servicelb]\n"), env())
	there := server(t, in(t, ""), env())
	if got := there.Mismatch(there.Critical()); len(got) != 0 {
		t.Error(got)
	}
	want := []string{"cluster-cidr is 10.50.0.0/16, and 10.42.0.0/16 there", "disable: servicelb is true, and false there"}
	if got := here.Mismatch(there.Critical()); !slices.Equal(got, want) {
		t.Error(got)
	}
}

func TestSnapshotsOfADefaultServer(t *testing.T) {
	s := server(t, in(t, "data-dir: /data\nnode-name: a\n"), env()).Snapshots
	noon := time.Date(2026, 1, 2, 11, 0, 0, 0, time.UTC)
	if s.Dir != "/data/server/db/snapshots" || s.Name != "etcd-snapshot" || s.Retention != 5 || s.Node != "a" || s.Schedule.Next(noon) != noon.Add(time.Hour) {
		t.Errorf("%+v", s)
	}
	if s := server(t, in(t, "etcd-disable-snapshots: true\netcd-snapshot-dir: /elsewhere\n"), env()).Snapshots; s.Schedule != nil || s.Dir != "/elsewhere" {
		t.Errorf("%+v", s)
	}
}
