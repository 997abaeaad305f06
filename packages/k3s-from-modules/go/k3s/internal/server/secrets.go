package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/kubeconfig"
	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/token"
)

// writeSecrets makes the authorities, certificates and tokens that are missing, and certificates that no longer hold.
func writeSecrets(c *config.Server, nodeIP netip.Addr) error {
	ca, err := writeCertificates(c, nodeIP)
	if err != nil {
		return err
	}
	password, err := serverPassword(c, ca, true)
	if err != nil {
		return err
	}
	return writeTokens(c, ca, password)
}

// writeCertificates makes all but the tokens, and returns the server's authority.
func writeCertificates(c *config.Server, nodeIP netip.Addr) ([]byte, error) {
	data := c.Data
	if err := os.MkdirAll(data.Server(), 0o700); err != nil {
		return nil, err
	}
	serverCA, err := pki.OpenAuthority(data.TLS("server-ca"), "k3s-server-ca")
	if err != nil {
		return nil, err
	}
	clientCA, err := pki.OpenAuthority(data.TLS("client-ca"), "k3s-client-ca")
	if err != nil {
		return nil, err
	}
	proxyCA, err := pki.OpenAuthority(data.TLS("request-header-ca"), "k3s-request-header-ca")
	if err != nil {
		return nil, err
	}
	if _, err := pki.Key(data.TLS("service.key")); err != nil { // signs service accounts' tokens
		return nil, err
	}
	if err := writeEtcdSecrets(c, nodeIP); err != nil {
		return nil, err
	}
	names, addresses := servingNames(c, nodeIP)
	here := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	err = errors.Join(
		serverCA.EnsureFile(data.TLS("serving-kube-apiserver"), pki.Serving("kube-apiserver", names, addresses)),
		// Without one, each of these makes itself an RSA key at every start, a tenth of a second long.
		serverCA.EnsureFile(data.TLS("serving-kube-controller-manager"), pki.Serving("kube-controller-manager", []string{"localhost"}, here)),
		serverCA.EnsureFile(data.TLS("serving-kube-scheduler"), pki.Serving("kube-scheduler", []string{"localhost"}, here)),
		clientCA.EnsureFile(data.TLS("client-admin"), pki.Client("system:admin", "system:masters")),
		clientCA.EnsureFile(data.TLS("client-controller"), pki.Client("system:kube-controller-manager")),
		clientCA.EnsureFile(data.TLS("client-scheduler"), pki.Client("system:kube-scheduler")),
		clientCA.EnsureFile(data.TLS("client-supervisor"), pki.Client("system:k3s-supervisor", "system:masters")),
		clientCA.EnsureFile(data.TLS("client-kube-apiserver"), pki.Client("system:apiserver", "system:masters")),
		proxyCA.EnsureFile(data.TLS("client-auth-proxy"), pki.Client("system:auth-proxy")),
	)
	if err != nil {
		return nil, err
	}
	if err := writeKubeconfigs(c); err != nil {
		return nil, err
	}
	return serverCA.PEM, nil
}

// writeEtcdSecrets writes them also where the store is SQLite: such a server may become the first of several.
func writeEtcdSecrets(c *config.Server, nodeIP netip.Addr) error {
	tls := c.Data.TLS
	serverCA, err := pki.OpenAuthority(tls("etcd/server-ca"), "etcd-server-ca")
	if err != nil {
		return err
	}
	peerCA, err := pki.OpenAuthority(tls("etcd/peer-ca"), "etcd-peer-ca")
	if err != nil {
		return err
	}
	names := []string{"localhost", c.Name}
	addresses := []netip.Addr{netip.MustParseAddr("127.0.0.1"), nodeIP}
	return errors.Join(
		serverCA.EnsureFile(tls("etcd/server-client"), pki.Peer("etcd-server", names, addresses)),
		peerCA.EnsureFile(tls("etcd/peer-server-client"), pki.Peer("etcd-peer", names, addresses)),
		serverCA.EnsureFile(tls("etcd/client"), pki.Client("etcd-client")),
	)
}

func servingNames(c *config.Server, nodeIP netip.Addr) ([]string, []netip.Addr) {
	names := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + c.ClusterDomain, "localhost", c.Name}
	addresses := []netip.Addr{netip.MustParseAddr("127.0.0.1"), config.Nth(c.ServiceCIDR, 1), nodeIP, c.ExternalIP, c.AdvertiseAddress}
	if c.BindAddress.IsValid() && !c.BindAddress.IsUnspecified() {
		addresses = append(addresses, c.BindAddress)
	}
	for _, name := range c.TLSNames {
		if a, err := netip.ParseAddr(name); err == nil {
			addresses = append(addresses, a)
		} else {
			names = append(names, name)
		}
	}
	return names, addresses
}

func writeKubeconfigs(c *config.Server) error {
	data := c.Data
	with := func(client string) kubeconfig.Credentials {
		return kubeconfig.Credentials{Server: localURL(c), CA: data.TLS("server-ca.crt"), Client: data.TLS(client)}
	}
	return errors.Join(
		with("client-admin").WriteFiles(data.Cred("admin.kubeconfig")),
		with("client-controller").WriteFiles(data.Cred("controller.kubeconfig")),
		with("client-scheduler").WriteFiles(data.Cred("scheduler.kubeconfig")),
		with("client-supervisor").WriteFiles(data.Cred("supervisor.kubeconfig")),
		with("client-admin").WriteData(c.Kubeconfig, c.KubeconfigMode),
	)
}

// localURL is where this machine's own parts find the API server.
func localURL(c *config.Server) string {
	host := netip.MustParseAddr("127.0.0.1")
	if c.BindAddress.IsValid() && !c.BindAddress.IsUnspecified() {
		host = c.BindAddress
	}
	return "https://" + netip.AddrPortFrom(host, uint16(c.Port)).String()
}

func writeTokens(c *config.Server, ca []byte, password string) error {
	data := c.Data
	if err := pki.WriteFile(data.Token(), []byte(token.Format(ca, "server", password)+"\n"), 0o600); err != nil {
		return err
	}
	if err := link(data.Token(), data.NodeToken()); err != nil {
		return err
	}
	if c.AgentToken == "" {
		return link(data.Token(), data.AgentToken())
	}
	agent, err := token.Parse(c.AgentToken)
	if err != nil {
		return fmt.Errorf("agent-token: %w", err)
	}
	return pki.WriteFile(data.AgentToken(), []byte(token.Format(ca, "node", agent.Password)+"\n"), 0o600)
}

// serverPassword is the one of the last start, else the one given, else a new one. Another one that is given is refused,
// as K3s does: a token that was rotated would come back with a configuration that was forgotten. alone says that nobody else
// knows the right one: where servers share a store, it is locked by that.
func serverPassword(c *config.Server, ca []byte, alone bool) (string, error) {
	former, err := formerPassword(c.Data)
	if err != nil {
		return "", err
	}
	if c.Token == "" {
		if former == "" {
			former = token.Generate()
		}
		return former, nil
	}
	t, err := token.Parse(c.Token)
	switch {
	case err != nil:
	case t.CAHash != "" && t.CAHash != token.Hash(ca):
		err = errors.New("its hash is not this server's CA. Give the password alone, or restore server/tls")
	case alone && former != "" && t.Password != former:
		err = fmt.Errorf("it is not the one in %s, which this cluster has. Give that one, or change it while K3s runs: k3s token rotate", c.Data.Token())
	}
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return t.Password, nil
}

// formerPassword is the one of the last start, "" at the first.
func formerPassword(data layout.Data) (string, error) {
	t, err := token.Read(data.Token())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return t.Password, err
}

// link makes name a link to the file beside it.
func link(target, name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(filepath.Base(target), name)
}

// ownToken is what the server's own node joins with.
func ownToken(data layout.Data) (string, error) {
	b, err := os.ReadFile(data.Token())
	return string(b), err
}
