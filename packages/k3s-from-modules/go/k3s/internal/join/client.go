package join

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
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
	// The CA comes over an unverified connection, without credentials, and is believed for its hash.
	ca, err := c.do(ctx, &tls.Config{InsecureSkipVerify: true}, http.MethodGet, "/cacerts", nil)
	if err != nil {
		return nil, err
	}
	if got := token.Hash(ca); c.Token.CAHash != "" && got != c.Token.CAHash {
		return nil, &Refused{fmt.Sprintf("%s is not the server the token is for: its CA has the hash %s, the token says %s", c.Server, got, c.Token.CAHash)}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s/cacerts: no certificate", c.Server)
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
	b, err := c.do(ctx, &tls.Config{RootCAs: pool}, http.MethodPost, path, body)
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

func (c *Client) do(ctx context.Context, cfg *tls.Config, method, path string, body []byte) ([]byte, error) {
	// The cluster's own traffic never goes through a proxy.
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{TLSClientConfig: cfg, DisableKeepAlives: true}}
	r, err := http.NewRequestWithContext(ctx, method, c.Server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if cfg.RootCAs != nil {
		r.SetBasicAuth("node", c.Token.Password)
	}
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
		return nil, &Refused{fmt.Sprintf("%s%s: %s: %s", c.Server, path, resp.Status, strings.TrimSpace(string(b)))}
	}
	return nil, fmt.Errorf("%s%s: %s: %s", c.Server, path, resp.Status, strings.TrimSpace(string(b)))
}
