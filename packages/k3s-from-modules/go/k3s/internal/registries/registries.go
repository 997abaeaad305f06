// Package registries turns K3s' registries.yaml into containerd's certs.d.
package registries

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"

	"sigs.k8s.io/yaml"
)

// File is registries.yaml.
type File struct {
	Mirrors map[string]Mirror `json:"mirrors"`
	Configs map[string]Config `json:"configs"`
	Auths   map[string]Auth   `json:"auths"`
}

// Mirror says where else a registry's images are.
type Mirror struct {
	Endpoints []string          `json:"endpoint"`
	Rewrites  map[string]string `json:"rewrite"`
}

// Config says how a host is spoken to.
type Config struct {
	Auth *Auth `json:"auth"`
	TLS  *TLS  `json:"tls"`
}

// Auth is a login.
type Auth struct {
	Username      string `json:"username"`
	Password      string `json:"password"`
	Auth          string `json:"auth"`
	IdentityToken string `json:"identity_token"`
}

// TLS names files with certificates.
type TLS struct {
	CAFile             string `json:"ca_file"`
	CertFile           string `json:"cert_file"`
	KeyFile            string `json:"key_file"`
	InsecureSkipVerify bool   `json:"insecure_skip_verify"`
}

// Read reads registries.yaml; without the file there are no mirrors.
func Read(file string) (*File, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{}, nil
	}
	if err != nil {
		return nil, err
	}
	f := &File{}
	if err := yaml.UnmarshalStrict(b, f); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, name := range sorted(f.Mirrors) {
		if len(f.Mirrors[name].Rewrites) != 0 {
			return nil, fmt.Errorf("%s: mirrors.%s.rewrite is not supported: it needs K3s' own containerd", file, name)
		}
	}
	if len(f.Auths) != 0 {
		return nil, fmt.Errorf("%s: auths is not supported: use configs.<host>.auth", file)
	}
	return f, nil
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
