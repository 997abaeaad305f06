package registries

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"k3s-lab/k3s/internal/pki"
)

const header = "# Written by k3s from registries.yaml at every start.\n"

// Hosts is the content of certs.d: directory name -> hosts.toml.
func (f *File) Hosts(noDefault bool) (map[string]string, error) {
	out := map[string]string{}
	names := map[string]bool{}
	for name := range f.Mirrors {
		names[name] = true
	}
	for name := range f.Configs {
		names[name] = true
	}
	for _, name := range sorted(names) {
		content, err := f.hosts(name, noDefault)
		if err != nil {
			return nil, err
		}
		dir := name
		if name == "*" {
			dir = "_default"
		}
		if strings.ContainsAny(dir, "/\\") || dir == "." || dir == ".." {
			return nil, fmt.Errorf("%q is no registry name", name)
		}
		if content != "" {
			out[dir] = header + content
		}
	}
	return out, nil
}

func (f *File) hosts(name string, noDefault bool) (string, error) {
	var b strings.Builder
	mirror, mirrored := f.Mirrors[name]
	own := f.config(name)
	if len(mirror.Endpoints) == 0 && own.TLS == nil {
		return "", nil
	}
	if name != "*" {
		u, err := endpoint(name)
		if err != nil {
			return "", fmt.Errorf("registry %q: %w", name, err)
		}
		fmt.Fprintf(&b, "server = %q\n", u.url)
		if noDefault && mirrored {
			// containerd falls back to the server for what it says it can do: nothing but push is left.
			b.WriteString("capabilities = [\"push\"]\n")
		} else {
			b.WriteString("capabilities = [\"pull\", \"resolve\", \"push\"]\n")
		}
		b.WriteString(own.toml(""))
	}
	seen := map[string]bool{}
	for _, e := range mirror.Endpoints {
		u, err := endpoint(e)
		if err != nil {
			return "", fmt.Errorf("registry %q: endpoint %q: %w", name, e, err)
		}
		if seen[u.url] {
			continue
		}
		seen[u.url] = true
		fmt.Fprintf(&b, "\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n", u.url)
		if u.overridePath {
			b.WriteString("  override_path = true\n")
		}
		b.WriteString(f.config(u.host).toml("  "))
	}
	return b.String(), nil
}

// config finds a host's settings; docker.io may be named by either of its names.
func (f *File) config(host string) Config {
	if c, ok := f.Configs[canonical(host)]; ok {
		return c
	}
	return f.Configs[host]
}

func (c Config) toml(indent string) string {
	if c.TLS == nil {
		return ""
	}
	var b strings.Builder
	if c.TLS.CAFile != "" {
		fmt.Fprintf(&b, "%sca = [%q]\n", indent, c.TLS.CAFile)
	}
	if c.TLS.CertFile != "" {
		fmt.Fprintf(&b, "%sclient = [[%q, %q]]\n", indent, c.TLS.CertFile, c.TLS.KeyFile)
	}
	if c.TLS.InsecureSkipVerify {
		fmt.Fprintf(&b, "%sskip_verify = true\n", indent)
	}
	return b.String()
}

type address struct {
	url, host    string
	overridePath bool
}

func canonical(host string) string {
	if host == "docker.io" {
		return "registry-1.docker.io"
	}
	return host
}

// endpoint completes an address: https unless it is a port of this machine, the path /v2 unless another is given.
func endpoint(s string) (address, error) {
	if !strings.Contains(s, "://") {
		s = "//" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return address{}, err
	}
	if u.Host == "" {
		return address{}, fmt.Errorf("no host")
	}
	if u.Scheme == "" {
		u.Scheme = "https"
		if ip := net.ParseIP(u.Hostname()); u.Port() != "" && u.Port() != "443" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
			u.Scheme = "http"
		}
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return address{}, fmt.Errorf("scheme %q is neither http nor https", u.Scheme)
	}
	a := address{host: u.Host}
	u.Host = canonical(u.Host)
	switch u.Path {
	case "", "/", "/v2", "/v2/":
		u.Path = "/v2"
	default:
		a.overridePath = true
	}
	a.url = u.String()
	return a, nil
}

// Write replaces what an earlier start wrote into dir and leaves what a person put there.
func Write(dir string, hosts map[string]string) error {
	old, err := filepath.Glob(filepath.Join(dir, "*", "hosts.toml"))
	if err != nil {
		return err
	}
	for _, file := range old {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if _, wanted := hosts[filepath.Base(filepath.Dir(file))]; !wanted && strings.HasPrefix(string(b), header) {
			if err := os.RemoveAll(filepath.Dir(file)); err != nil {
				return err
			}
		}
	}
	for name, content := range hosts {
		if err := pki.WriteFile(filepath.Join(dir, name, "hosts.toml"), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return os.MkdirAll(dir, 0o700)
}
