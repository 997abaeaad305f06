package join

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"crypto/tls"

	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/token"
)

type world struct {
	server *Server
	kube   *fake.Clientset
	client *Client
}

const hash = "0000000000000000000000000000000000000000000000000000000000000000"

// tokens writes files as the server has them; agent "" makes the agents' token the server's.
func tokens(t *testing.T, dir, server, agent string) Tokens {
	t.Helper()
	f := Tokens{filepath.Join(dir, "token"), filepath.Join(dir, "agent-token")}
	if err := os.WriteFile(f.Server, []byte("K10"+hash+"::server:"+server+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := os.Symlink("token", f.Agent)
	if agent != "" {
		os.Remove(f.Agent)
		err = os.WriteFile(f.Agent, []byte("K10"+hash+"::node:"+agent+"\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func start(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	serverCA, err := pki.OpenAuthority(filepath.Join(dir, "server-ca"), "server-ca")
	if err != nil {
		t.Fatal(err)
	}
	clientCA, err := pki.OpenAuthority(filepath.Join(dir, "client-ca"), "client-ca")
	if err != nil {
		t.Fatal(err)
	}
	if err := serverCA.EnsureFile(filepath.Join(dir, "serving"), pki.Serving("s", nil, []netip.Addr{netip.MustParseAddr("127.0.0.1")})); err != nil {
		t.Fatal(err)
	}
	kube := fake.NewClientset()
	s := &Server{ServerCA: serverCA, ClientCA: clientCA, Kube: kube, Next: http.NotFoundHandler(),
		Tokens: tokens(t, dir, "server-pw", "agent-pw"), Settings: Settings{ClusterDNS: "10.43.0.10"}}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "serving.crt"), filepath.Join(dir, "serving.key"))
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(s)
	h.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert} // as the API server does
	h.StartTLS()
	t.Cleanup(h.Close)
	c := &Client{Server: h.URL, Token: token.Token{CAHash: token.Hash(serverCA.PEM), Password: "agent-pw"},
		Node: "agent1", NodePassword: "np", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2")}, Dir: filepath.Join(dir, "agent")}
	return &world{s, kube, c}
}

func (w *world) refused(t *testing.T, want string) {
	t.Helper()
	_, err := w.client.Join(context.Background())
	var r *Refused
	if !errors.As(err, &r) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want a refusal with %q", err, want)
	}
}

func TestJoin(t *testing.T) {
	w := start(t)
	for range 2 { // the second time with the keys of the first
		got, err := w.client.Join(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if got.ClusterDNS != "10.43.0.10" {
			t.Errorf("settings: %+v", got)
		}
	}
	for _, name := range append(wanted, ServerCA, ClientCA) {
		if _, err := os.Stat(filepath.Join(w.client.Dir, name+".crt")); err != nil {
			t.Error(err)
		}
	}
	if _, err := tls.LoadX509KeyPair(filepath.Join(w.client.Dir, "client-kubelet.crt"), filepath.Join(w.client.Dir, "client-kubelet.key")); err != nil {
		t.Error(err)
	}
}

func TestJoinWithTheServersToken(t *testing.T) {
	w := start(t)
	w.client.Token.Password = "server-pw"
	if _, err := w.client.Join(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestWrongHash(t *testing.T) {
	w := start(t)
	w.client.Token.CAHash = strings.Repeat("ab", 32)
	w.refused(t, "is not the server the token is for")
}

func TestWrongToken(t *testing.T) {
	w := start(t)
	w.client.Token.Password = "wrong"
	w.refused(t, "the token's password is not this cluster's")
}

const bootstrapToken = "abcdef.0123456789abcdef"

// allow makes a bootstrap token that ends at a time.
func (w *world) allow(t *testing.T, ends time.Time) {
	t.Helper()
	_, err := w.kube.CoreV1().Secrets("kube-system").Create(context.Background(), &core.Secret{
		ObjectMeta: meta.ObjectMeta{Name: "bootstrap-token-abcdef", Namespace: "kube-system"}, Type: "bootstrap.kubernetes.io/token",
		Data: map[string][]byte{"token-id": []byte("abcdef"), "token-secret": []byte("0123456789abcdef"),
			"usage-bootstrap-authentication": []byte("true"), "expiration": []byte(ends.UTC().Format(time.RFC3339))},
	}, meta.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func TestJoinWithABootstrapToken(t *testing.T) {
	w := start(t)
	w.client.Token.Password = bootstrapToken
	w.refused(t, "the token's password is not this cluster's") // there is none yet
	w.allow(t, time.Now().Add(time.Hour))
	if _, err := w.client.Join(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.client.Token.Password = "abcdef.0123456789abcdee"
	w.client.Dir = t.TempDir() // without the certificate
	w.refused(t, "the token's password is not this cluster's")
}

func TestBootstrapTokenThatHasEnded(t *testing.T) {
	w := start(t)
	w.client.Token.Password = bootstrapToken
	w.allow(t, time.Now().Add(-time.Hour))
	w.refused(t, "the token's password is not this cluster's")
}

func TestANodeOutlivesItsBootstrapToken(t *testing.T) {
	w := start(t)
	w.client.Token.Password = bootstrapToken
	w.allow(t, time.Now().Add(time.Hour))
	if _, err := w.client.Join(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := w.kube.CoreV1().Secrets("kube-system").Delete(context.Background(), "bootstrap-token-abcdef", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Join(context.Background()); err != nil {
		t.Errorf("its certificate does not let it in: %v", err)
	}
	w.client.Node = "agent2"
	w.refused(t, "the token's password is not this cluster's") // its certificate is another node's
	w.client.Node, w.client.Token.Password = "agent1", "wrong"
	w.refused(t, "the token's password is not this cluster's") // a password stays one that must be right
}

func TestCertificateOfAnotherClusterIsNotKnown(t *testing.T) {
	w := start(t)
	another, err := pki.OpenAuthority(filepath.Join(t.TempDir(), "client-ca"), "client-ca")
	if err != nil {
		t.Fatal(err)
	}
	if err := another.EnsureFile(filepath.Join(w.client.Dir, KubeletClient), pki.Client("system:node:agent1", "system:nodes")); err != nil {
		t.Fatal(err)
	}
	w.client.Token.Password = bootstrapToken
	w.refused(t, "the token's password is not this cluster's")
}

func TestPasswordOfABootstrapTokensForm(t *testing.T) {
	w := start(t)
	w.server.Tokens = tokens(t, t.TempDir(), bootstrapToken, "")
	w.client.Token.Password = bootstrapToken
	if _, err := w.client.Join(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestRotateToken(t *testing.T) {
	for agent, changes := range map[string]bool{"": true, "agent-pw": false} {
		w := start(t)
		w.server.Tokens = tokens(t, t.TempDir(), "server-pw", agent)
		rotate := func(old, new string) error {
			return RotateToken(context.Background(), w.client.Server, token.Token{CAHash: w.client.Token.CAHash, Password: old}, new)
		}
		for _, wrong := range []string{"wrong", "agent-pw"} {
			if err := rotate(wrong, "next"); err == nil || !strings.Contains(err.Error(), "not this server's own") {
				t.Errorf("%s: %v", wrong, err)
			}
		}
		if err := rotate("server-pw", token.Format([]byte("another CA"), "server", "x")); err == nil || !strings.Contains(err.Error(), "another cluster's") {
			t.Error(err)
		}
		if err := rotate("server-pw", "next"); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(w.server.Tokens.Agent)
		if err != nil || strings.HasSuffix(string(b), "::server:next\n") != changes {
			t.Errorf("%q, %v", b, err)
		}
		w.client.Token.Password = "server-pw"
		w.refused(t, "the token's password is not this cluster's")
		w.client.Token.Password = "next"
		if _, err := w.client.Join(context.Background()); err != nil {
			t.Error(err)
		}
		if err := rotate("next", ""); err != nil {
			t.Fatal(err)
		}
		w.refused(t, "the token's password is not this cluster's")
	}
}

func TestWrongNodePassword(t *testing.T) {
	w := start(t)
	if _, err := w.client.Join(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.client.NodePassword = "another machine's"
	w.refused(t, "delete secret agent1.node-password.k3s")
	if err := w.kube.CoreV1().Secrets("kube-system").Delete(context.Background(), "agent1.node-password.k3s", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Join(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestBadNodeName(t *testing.T) {
	w := start(t)
	w.client.Node = "../kube-system"
	w.refused(t, "is no DNS name")
}

func TestAPINotUpYetIsNoRefusal(t *testing.T) {
	w := start(t)
	w.kube.PrependReactor("get", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewServiceUnavailable("starting")
	})
	_, err := w.client.Join(context.Background())
	var r *Refused
	if err == nil || errors.As(err, &r) {
		t.Errorf("got %v, want an error that may go away", err)
	}
}

func TestOtherPathsGoOn(t *testing.T) {
	w := start(t)
	for path, want := range map[string]int{"/ping": 200, "/cacerts": 200, "/api": 404, "/v1-k3s/join": 405, "/v1-k3s/token": 405} {
		rec := httptest.NewRecorder()
		w.server.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
}

func TestNodePasswordIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "node", "password")
	a, err := NodePassword(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NodePassword(file)
	if err != nil || a != b || a == "" {
		t.Errorf("%q, %q, %v", a, b, err)
	}
}
