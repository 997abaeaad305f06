// Package kubeconfig writes the credentials files of the parts and of the administrator.
package kubeconfig

import (
	"io/fs"
	"os"

	clientcmd "k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"

	"k3s-lab/k3s/internal/pki"
)

// Credentials name the files of a user; CLIENT.crt and CLIENT.key stand beside each other.
type Credentials struct{ Server, CA, Client string }

// WriteFiles writes a kubeconfig that refers to the files.
func (c Credentials) WriteFiles(file string) error {
	return write(file, 0o600,
		&api.Cluster{Server: c.Server, CertificateAuthority: c.CA},
		&api.AuthInfo{ClientCertificate: c.Client + ".crt", ClientKey: c.Client + ".key"})
}

// WriteData writes a kubeconfig that carries the files' content, for use elsewhere.
func (c Credentials) WriteData(file string, mode fs.FileMode) error {
	var data [3][]byte
	for i, f := range []string{c.CA, c.Client + ".crt", c.Client + ".key"} {
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		data[i] = b
	}
	return write(file, mode,
		&api.Cluster{Server: c.Server, CertificateAuthorityData: data[0]},
		&api.AuthInfo{ClientCertificateData: data[1], ClientKeyData: data[2]})
}

func write(file string, mode fs.FileMode, cluster *api.Cluster, user *api.AuthInfo) error {
	config := api.NewConfig()
	config.Clusters["default"], config.AuthInfos["default"] = cluster, user
	config.Contexts["default"] = &api.Context{Cluster: "default", AuthInfo: "default"}
	config.CurrentContext = "default"
	b, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	return pki.WriteFile(file, b, mode)
}
