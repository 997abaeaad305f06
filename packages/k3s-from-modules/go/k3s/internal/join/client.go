package join

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/token"
)

// Client is a node that wants to join.
type Client struct {
	Server       string // https://host:port
	Token        token.Token
	Node         string
	NodePassword string
	Addresses    []netip.Addr
	Dir          string // NAME.key and NAME.crt are kept here
}

// Join makes one attempt. A *Refused error is final, any other may go away.
func (c *Client) Join(ctx context.Context) (*Settings, error) {
	ca, pool, err := fetchAuthority(ctx, c.Server, c.Token)
	if err != nil {
		return nil, err
	}
	q := request{Node: c.Node, Password: c.NodePassword, Addresses: c.Addresses, Keys: map[string][]byte{}}
	for _, name := range wanted {
		key, err := pki.Key(filepath.Join(c.Dir, name+".key"))
		if err != nil {
			return nil, err
		}
		if q.Keys[name], err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	b, err := c.ask(ctx, &tls.Config{RootCAs: pool}, body)
	if err != nil {
		return nil, err
	}
	var r reply
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s%s: %w", c.Server, path, err)
	}
	files := map[string][]byte{ServerCA: ca, ClientCA: r.ClientCA}
	for _, name := range wanted {
		if files[name] = r.Certificates[name]; len(files[name]) == 0 {
			return nil, fmt.Errorf("%s%s: no certificate %q", c.Server, path, name)
		}
	}
	for name, content := range files {
		if err := pki.WriteFile(filepath.Join(c.Dir, name+".crt"), content, 0o644); err != nil {
			return nil, err
		}
	}
	return &r.Settings, nil
}

// ask makes the join request. Where the token may be one that ends, the node also shows the certificate that it has
// from the last time: that is enough once the token is gone.
func (c *Client) ask(ctx context.Context, cfg *tls.Config, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if !c.Token.Bootstrap() {
		r.SetBasicAuth("node", c.Token.Password)
		return send(r, cfg)
	}
	r.Header.Set("Authorization", "Bearer "+c.Token.Password)
	base := filepath.Join(c.Dir, KubeletClient)
	if pair, err := tls.LoadX509KeyPair(base+".crt", base+".key"); err == nil {
		cfg.Certificates = []tls.Certificate{pair}
	}
	return send(r, cfg)
}

// fetchAuthority reads the server's CA over an unverified connection, without credentials, and believes it for its hash.
// It returns the PEM, and the pool to verify the server with.
func fetchAuthority(ctx context.Context, server string, t token.Token) ([]byte, *x509.CertPool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/cacerts", nil)
	if err != nil {
		return nil, nil, err
	}
	ca, err := send(r, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return nil, nil, err
	}
	if got := token.Hash(ca); t.CAHash != "" && got != t.CAHash {
		return nil, nil, &Refused{fmt.Sprintf("%s is not the server the token is for: its CA has the hash %s, the token says %s", server, got, t.CAHash)}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, nil, fmt.Errorf("%s/cacerts: no certificate", server)
	}
	return ca, pool, nil
}

func send(r *http.Request, cfg *tls.Config) ([]byte, error) {
	// The cluster's own traffic never goes through a proxy.
	dial := (&net.Dialer{Timeout: 5 * time.Second}).DialContext // a machine that is off says nothing
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{TLSClientConfig: cfg, DialContext: dial, DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode == http.StatusOK:
		return b, nil
	case resp.StatusCode >= 400 && resp.StatusCode < 500:
		return nil, &Refused{fmt.Sprintf("%s: %s: %s", r.URL, resp.Status, strings.TrimSpace(string(b)))}
	}
	return nil, fmt.Errorf("%s: %s: %s", r.URL, resp.Status, strings.TrimSpace(string(b)))
}
