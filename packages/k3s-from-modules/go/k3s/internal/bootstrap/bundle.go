// Package bootstrap is what all servers of a cluster have in common: its authorities, and the key of its service accounts'
// tokens. A server that joins is given it; the store keeps it, locked by the server's token, for who restores the store elsewhere.
package bootstrap

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
)

// Bundle holds files by their names below server/tls.
type Bundle map[string][]byte

var names = []string{
	"server-ca.crt", "server-ca.key",
	"client-ca.crt", "client-ca.key",
	"request-header-ca.crt", "request-header-ca.key",
	"etcd/server-ca.crt", "etcd/server-ca.key",
	"etcd/peer-ca.crt", "etcd/peer-ca.key",
	"service.key",
}

// Read reads the files of this server.
func Read(data layout.Data) (Bundle, error) {
	b := Bundle{}
	for _, name := range names {
		content, err := os.ReadFile(data.TLS(name))
		if err != nil {
			return nil, err
		}
		b[name] = content
	}
	return b, nil
}

// Check fails where this server has another file in the place of one of the bundle's: it is of another cluster.
func (b Bundle) Check(data layout.Data) error {
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if !slices.Contains(names, name) {
			return fmt.Errorf("the cluster has a file %q that this version does not know", name)
		}
		there, err := os.ReadFile(data.TLS(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(there, b[name]) {
			return fmt.Errorf("%s is of another cluster: it is not what this cluster's servers have. "+
				"If this server is to leave its former cluster, remove %s first", data.TLS(name), data.Server())
		}
	}
	return nil
}

// Write writes the files that are missing here, after Check.
func (b Bundle) Write(data layout.Data) error {
	if err := b.Check(data); err != nil {
		return err
	}
	return b.Replace(data)
}

// Replace writes the files, whatever is there.
func (b Bundle) Replace(data layout.Data) error {
	if err := os.MkdirAll(data.Server(), 0o700); err != nil {
		return err
	}
	for name, content := range b {
		mode := fs.FileMode(0o600)
		if strings.HasSuffix(name, ".crt") {
			mode = 0o644
		}
		if err := pki.WriteFile(data.TLS(name), content, mode); err != nil {
			return err
		}
	}
	return nil
}
