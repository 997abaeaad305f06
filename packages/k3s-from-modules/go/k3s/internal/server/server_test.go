package server

import (
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/manifests"
	"k3s-lab/k3s/internal/metricsserver"
	"k3s-lab/k3s/internal/token"
)

var ip = netip.MustParseAddr("10.0.0.1")

func testConfig(t *testing.T, change ...func(*config.Server)) *config.Server {
	t.Helper()
	dir := t.TempDir()
	c := &config.Server{
		Node: config.Node{Data: layout.Data(dir), Name: "multi"}, Port: 6443,
		ServiceCIDR: netip.MustParsePrefix("10.43.0.0/16"), ClusterCIDR: netip.MustParsePrefix("10.42.0.0/16"),
		ClusterDNS: netip.MustParseAddr("10.43.0.10"), ClusterDomain: "cluster.local",
		Kubeconfig: filepath.Join(dir, "etc", "k3s.yaml"), KubeconfigMode: 0o600,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func content(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestTokens(t *testing.T) {
	c := testConfig(t)
	if err := writeSecrets(c, ip); err != nil {
		t.Fatal(err)
	}
	first := content(t, c.Data.Token())
	hash := token.Hash([]byte(content(t, c.Data.TLS("server-ca.crt")) + "\n"))
	if !strings.HasPrefix(first, "K10"+hash+"::server:") {
		t.Errorf("%s, want hash %s", first, hash)
	}
	for _, link := range []string{c.Data.NodeToken(), c.Data.AgentToken()} {
		if to, err := os.Readlink(link); to != "token" || err != nil {
			t.Errorf("%s -> %s, %v", link, to, err)
		}
	}
	if err := writeSecrets(c, ip); err != nil || content(t, c.Data.Token()) != first {
		t.Errorf("the second start changed the token: %v", err)
	}
	c.Token, c.AgentToken = first, "for-nodes"
	if err := writeSecrets(c, ip); err != nil {
		t.Fatal(err)
	}
	if got := content(t, c.Data.Token()); got != first {
		t.Error(got)
	}
	if got := content(t, c.Data.AgentToken()); !strings.HasSuffix(got, "::node:for-nodes") {
		t.Error(got)
	}
	for _, file := range []string{c.Data.Token(), c.Data.AgentToken(), c.Kubeconfig} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

func TestTokenGiven(t *testing.T) {
	c := testConfig(t, func(c *config.Server) { c.Token = "given" })
	if err := writeSecrets(c, ip); err != nil {
		t.Fatal(err)
	}
	if got := content(t, c.Data.Token()); !strings.HasSuffix(got, "::server:given") {
		t.Error(got)
	}
	c.Token = "another"
	if err := writeSecrets(c, ip); err == nil || !strings.Contains(err.Error(), "k3s token rotate") {
		t.Error(err)
	}
	if got := content(t, c.Data.Token()); !strings.HasSuffix(got, "::server:given") {
		t.Error(got)
	}
}

func TestTheSecondStartKeepsEveryCertificate(t *testing.T) {
	c := testConfig(t)
	files := func() map[string]string {
		t.Helper()
		if err := writeSecrets(c, ip); err != nil {
			t.Fatal(err)
		}
		out := map[string]string{c.Kubeconfig: content(t, c.Kubeconfig)}
		all, err := filepath.Glob(c.Data.TLS("*.*"))
		etcds, _ := filepath.Glob(c.Data.TLS("etcd/*"))
		all = append(all, etcds...)
		if err != nil || len(all) < 30 {
			t.Fatal(all, err)
		}
		for _, file := range all {
			out[file] = content(t, file)
		}
		return out
	}
	first := files()
	if second := files(); !maps.Equal(first, second) {
		t.Error("the second start wrote other certificates or another k3s.yaml")
	}
	os.Remove(c.Data.TLS("client-admin.crt"))
	if third := files(); third[c.Kubeconfig] == first[c.Kubeconfig] {
		t.Error("k3s.yaml does not follow the certificate")
	}
}

func TestTokenOfAnotherServer(t *testing.T) {
	c := testConfig(t, func(c *config.Server) { c.Token = token.Format([]byte("another CA"), "server", "x") })
	if err := writeSecrets(c, ip); err == nil || !strings.Contains(err.Error(), "its hash is not this server's CA") {
		t.Error(err)
	}
}

func TestServingNames(t *testing.T) {
	c := testConfig(t, func(c *config.Server) { c.TLSNames = []string{"lab.local", "192.0.2.7"} })
	names, addresses := servingNames(c, ip)
	for _, want := range []string{"multi", "lab.local", "kubernetes.default.svc.cluster.local"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %v", want, names)
		}
	}
	for _, want := range []string{"127.0.0.1", "10.43.0.1", "10.0.0.1", "192.0.2.7"} {
		if !slices.Contains(addresses, netip.MustParseAddr(want)) {
			t.Errorf("no %s in %v", want, addresses)
		}
	}
}

func TestArgs(t *testing.T) {
	c := testConfig(t, func(c *config.Server) {
		c.APIServerArgs, c.Verbosity = []string{"event-ttl=2h"}, "4"
		c.AdvertiseAddress = netip.MustParseAddr("10.0.0.9")
		c.ExternalIP = netip.MustParseAddr("192.0.2.1")
	})
	args := apiserverArgs(c, ip, false)
	for _, want := range []string{"--anonymous-auth=false", "--authorization-mode=Node,RBAC", "--advertise-address=10.0.0.9", "--etcd-compaction-interval=4m30s", "--v=4"} {
		if !slices.Contains(args, want) {
			t.Errorf("no %s in %v", want, args)
		}
	}
	if args[len(args)-1] != "--event-ttl=2h" {
		t.Error("a given argument does not come last")
	}
	c.AdvertiseAddress = netip.Addr{}
	if got := advertised(c, ip); got != c.ExternalIP {
		t.Error(got)
	}
}

func TestLocalURL(t *testing.T) {
	c := testConfig(t)
	if got := localURL(c); got != "https://127.0.0.1:6443" {
		t.Error(got)
	}
	c.BindAddress = ip
	if got := localURL(c); got != "https://10.0.0.1:6443" {
		t.Error(got)
	}
}

func TestStage(t *testing.T) {
	s := &Server{Config: testConfig(t)}
	if err := s.stage(); err != nil {
		t.Fatal(err)
	}
	dir := s.Config.Data.Manifests()
	if got := content(t, filepath.Join(dir, "coredns.yaml")); !strings.Contains(got, "clusterIP: 10.43.0.10") {
		t.Error(got)
	}
	os.WriteFile(filepath.Join(dir, "coredns.yaml"), []byte("# of the last start"), 0o600)
	s.Config.Disable = []string{"coredns", "local-storage"}
	if err := s.stage(); err != nil {
		t.Fatal(err)
	}
	// What is to be deleted is read from the files, which a kill must not take away.
	if got := content(t, filepath.Join(dir, "coredns.yaml")); got != "# of the last start" {
		t.Error(got)
	}
	if files, _ := manifests.Files(dir); len(files) != 3 || !slices.Equal(s.disabled(), []string{"coredns", "local-storage"}) {
		t.Error(files, s.disabled())
	}
}

func TestMetricsServerIsSwitchedOff(t *testing.T) {
	s := &Server{Config: testConfig(t)}
	if got := s.disabled(); len(got) != 0 {
		t.Error(got)
	}
	s.Config.Disable = []string{"metrics-server", "traefik"}
	got := s.disabled()
	api, answerer := slices.Index(got, "metrics-server/metrics-apiservice"), slices.Index(got, "metrics-server/metrics-server-deployment")
	if len(got) != len(metricsserver.Manifests) || api < 0 || api > answerer {
		t.Errorf("the API service goes before what answers for it: %v", got)
	}
}

func TestSocketIsThereBeforeKineIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kine.sock")
	for range 2 { // the second start finds the socket of the first
		f, err := listen(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		f.Close()
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// A file that an argument names and nobody writes is a part that ends at once.
func TestEveryCertificateOfAnArgumentIsWritten(t *testing.T) {
	c := testConfig(t)
	if err := writeSecrets(c, ip); err != nil {
		t.Fatal(err)
	}
	for _, arg := range slices.Concat(apiserverArgs(c, ip, true), controllerArgs(c, true), schedulerArgs(c, true)) {
		_, file, _ := strings.Cut(arg, "=")
		if !strings.HasPrefix(file, string(c.Data)) {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

// Where servers share a store it is the store that knows which token is right: another server may have rotated it.
func TestAnotherTokenWhereTheStoreIsShared(t *testing.T) {
	c := testConfig(t)
	ca, err := writeCertificates(c, ip)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeTokens(c, ca, "former"); err != nil {
		t.Fatal(err)
	}
	c.Token = "rotated"
	if got, err := serverPassword(c, ca, false); got != "rotated" || err != nil {
		t.Error(got, err)
	}
	if _, err := serverPassword(c, ca, true); err == nil {
		t.Error("an only server takes another token")
	}
	c.Token = ""
	if got, err := serverPassword(c, ca, false); got != "former" || err != nil {
		t.Error(got, err)
	}
}
