package agent

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/registries"
)

func TestContainerdConfigIsTOML(t *testing.T) {
	f := &registries.File{Configs: map[string]registries.Config{
		"multi:5000": {Auth: &registries.Auth{Username: "u", Password: `p"w`}},
		"tls.only":   {TLS: &registries.TLS{CAFile: "/ca"}},
	}}
	b, err := containerdConfig(&config.Node{Data: "/data", PauseImage: "p:1", Debug: true}, Host{RestrictOOM: true}, "/bin", f)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := toml.Unmarshal(b, &got); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	for _, want := range []string{`root = "/data/agent/containerd"`, `config_path = "/data/agent/etc/containerd/certs.d"`, "restrict_oom_score_adj = true", "SystemdCgroup = false",
		`registry.configs."multi:5000".auth]`, `password = "p\"w"`, `sandbox = "p:1"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
	if strings.Contains(string(b), "tls.only") {
		t.Error("a registry without a login has no place here")
	}
}

func TestKubeletConfig(t *testing.T) {
	b, err := kubeletConfig(&config.Node{Data: "/data"}, Host{SystemdCgroup: true, ResolvConf: "/r"}, &join.Settings{ClusterDNS: "10.43.0.10", ClusterDomain: "cluster.local"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cgroupDriver: systemd", "- 10.43.0.10", "resolvConf: /r", "enabled: false", "failCgroupV1: false", "clientCAFile: /data/agent/client-ca.crt"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
}

func TestExtraArgumentsComeLast(t *testing.T) {
	a := &Agent{Config: &config.Node{Name: "n", Labels: []string{"a=1", "b=2"}, Taints: []string{"x=y:NoSchedule"}, KubeletArgs: []string{"max-pods=5", "--v=3"}, Verbosity: "2"}, host: Host{IP: netip.MustParseAddr("10.0.0.1")}}
	got := strings.Join(a.kubeletArgs(), " ")
	if !strings.HasSuffix(got, "--node-labels=a=1,b=2 --register-with-taints=x=y:NoSchedule --v=2 --max-pods=5 --v=3") {
		t.Error(got)
	}
}

func TestCapability(t *testing.T) {
	for caps, want := range map[string]bool{"000001ffffffffff": true, "000001fffeffffff": false, "": false} {
		if got := hasCapability("Name:\tx\nCapEff:\t"+caps+"\n", 24); got != want {
			t.Errorf("%s: %v", caps, got)
		}
	}
}

func TestUsableResolvers(t *testing.T) {
	for content, want := range map[string]bool{
		"nameserver 192.168.1.1\n":                    true,
		"search x\nnameserver 10.0.0.1 # main\n":      true,
		"nameserver 127.0.0.53\n":                     false,
		"nameserver 10.0.0.1\nnameserver 127.0.0.1\n": false,
		"# nothing\n":      false,
		"nameserver ::1\n": false,
	} {
		if got := usable(content); got != want {
			t.Errorf("%q: %v", content, got)
		}
	}
}

func TestResolverGiven(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r")
	if _, err := resolver(&config.Node{ResolvConf: file}); err == nil {
		t.Error("a file that is not there was accepted")
	}
	os.WriteFile(file, nil, 0o600)
	if got, err := resolver(&config.Node{ResolvConf: file}); got != file || err != nil {
		t.Error(got, err)
	}
}

func TestTemplatesAreRefused(t *testing.T) {
	data := layout.Data(t.TempDir())
	os.MkdirAll(data.ContainerdTemplates(), 0o755)
	os.WriteFile(filepath.Join(data.ContainerdTemplates(), "config-v3.toml.tmpl"), nil, 0o600)
	a := &Agent{Config: &config.Node{Data: data, Registries: "/none"}}
	if err := a.writeRuntimeConfig(); err == nil || !strings.Contains(err.Error(), "config-v3.toml.tmpl") {
		t.Error(err)
	}
}

func TestAwaitSubnetSkipsAnOldOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flannel", "subnet.env")
	os.MkdirAll(filepath.Dir(file), 0o755)
	os.WriteFile(file, []byte("FLANNEL_SUBNET=10.42.9.1/24\nFLANNEL_MTU=1400\n"), 0o600)
	go func() {
		time.Sleep(50 * time.Millisecond)
		os.WriteFile(file, []byte("FLANNEL_SUBNET=10.42.1.1/24\nFLANNEL_MTU=1450\n"), 0o600)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	got, err := awaitSubnet(ctx, file, "10.42.1.0/24")
	if err != nil || got["FLANNEL_MTU"] != "1450" {
		t.Error(got, err)
	}
}

func TestCNIConfig(t *testing.T) {
	b, err := cniConfig("10.42.1.0/24", "1450")
	if err != nil || !strings.Contains(string(b), `"mtu": 1450`) || !strings.Contains(string(b), `"subnet": "10.42.1.0/24"`) {
		t.Errorf("%s, %v", b, err)
	}
	if _, err := cniConfig("10.42.1.0/24", ""); err == nil {
		t.Error("no MTU was accepted")
	}
}

func TestPersist(t *testing.T) {
	n := 0
	got, err := persist(context.Background(), func(context.Context) (*join.Settings, error) {
		if n++; n < 3 {
			return nil, errors.New("connection refused")
		}
		return &join.Settings{ClusterDNS: "x"}, nil
	}, "https://s")
	if err != nil || got.ClusterDNS != "x" {
		t.Error(got, err)
	}
	n = 0
	_, err = persist(context.Background(), func(context.Context) (*join.Settings, error) {
		n++
		return nil, &join.Refused{Reason: "wrong token"}
	}, "https://s")
	if err == nil || n != 1 {
		t.Errorf("a refusal was tried %d times: %v", n, err)
	}
}

func TestRealAgentDirectoriesAreK3s(t *testing.T) {
	d := layout.Data(layout.DefaultDataDir)
	for got, want := range map[string]string{
		d.CNIConfig():        "/var/lib/rancher/k3s/agent/etc/cni/net.d/10-flannel.conflist",
		d.ContainerdLog():    "/var/lib/rancher/k3s/agent/containerd/containerd.log",
		d.ContainerdConfig(): "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
		d.Images():           "/var/lib/rancher/k3s/agent/images",
		d.Database():         "/var/lib/rancher/k3s/server/db/state.db",
	} {
		if got != want {
			t.Error(got)
		}
	}
}

func TestInterfaceThatIsNotThere(t *testing.T) {
	_, err := inspect(&config.Node{IP: netip.MustParseAddr("10.0.0.1"), FlannelInterface: "none0"})
	if err == nil || !strings.Contains(err.Error(), "flannel-iface none0") {
		t.Error(err)
	}
}

func TestKubeletWaitsForImagesOnlyWherePodsWouldStart(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	a := &Agent{Config: &config.Node{Data: layout.Data(t.TempDir())}, runtime: make(chan struct{}), images: make(chan struct{})}
	if err := a.awaitKubeletsTurn(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("did not wait for containerd: %v", err)
	}
	close(a.runtime)
	if err := a.awaitKubeletsTurn(context.Background()); err != nil {
		t.Error(err)
	}
	os.MkdirAll(filepath.Dir(a.Config.Data.CNIConfig()), 0o700)
	os.WriteFile(a.Config.Data.CNIConfig(), nil, 0o600)
	if err := a.awaitKubeletsTurn(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("did not wait for the images at a restart: %v", err)
	}
}

func TestProgramsThatAreMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for policies, want := range map[bool]string{true: "iptables is missing nft is missing", false: "iptables is missing"} {
		var got []string
		for _, err := range missing(&config.Node{}, policies) {
			name, _, _ := strings.Cut(err.Error(), " on this node")
			got = append(got, name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v: %v", policies, got)
		}
	}
}

func TestModeOfKubeProxyThatPoliciesNeed(t *testing.T) {
	for args, fits := range map[string]bool{
		"": true, "proxy-mode=nftables": true, "v=4 --proxy-mode=ipvs": false, "proxy-mode=ipvs": false,
		"proxy-mode=ipvs proxy-mode=iptables": true, "ipvs-scheduler=rr": true,
	} {
		err := checkProxyMode(strings.Fields(args))
		if (err == nil) != fits || !fits && !strings.Contains(err.Error(), "kube-proxy-arg: proxy-mode=ipvs") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestBridgeThatPoliciesSee(t *testing.T) {
	for content, sees := range map[string]bool{"1\n": true, "0\n": false, "": false} {
		dir := t.TempDir()
		for _, name := range []string{"bridge-nf-call-iptables", "bridge-nf-call-ip6tables"} {
			if err := checkBridge(dir); err == nil || !strings.Contains(err.Error(), "br_netfilter") {
				t.Errorf("without %s: %v", name, err)
			}
			os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600)
		}
		if err := checkBridge(dir); (err == nil) != sees || !sees && !strings.Contains(err.Error(), dir+"/bridge-nf-call-iptables is not 1") {
			t.Errorf("%q: %v", content, err)
		}
	}
}
