package certcommand

import (
	"slices"

	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/layout"
)

// The services whose certificates there are, by K3s' names.
var (
	ofServer = []string{"api-server", "admin", "auth-proxy", "controller-manager", "etcd", "scheduler", "supervisor", "k3s-server"}
	ofAgent  = []string{"kube-proxy", "kubelet", "k3s-controller"}
)

// absent are services of K3s that this binary does not have, and why.
var absent = map[string]string{
	"cloud-controller": "the cloud controller manager is not part of this binary",
}

func known() []string { return slices.Concat(ofServer, ofAgent) }

// pairs names the certificates of a service, without .crt and .key.
func pairs(data layout.Data, service string) []string {
	return map[string][]string{
		"api-server":         {data.TLS("client-kube-apiserver"), data.TLS("serving-kube-apiserver")},
		"admin":              {data.TLS("client-admin")},
		"auth-proxy":         {data.TLS("client-auth-proxy")},
		"controller-manager": {data.TLS("client-controller"), data.TLS("serving-kube-controller-manager")},
		"etcd":               {data.TLS("etcd/client"), data.TLS("etcd/server-client"), data.TLS("etcd/peer-server-client")},
		"scheduler":          {data.TLS("client-scheduler"), data.TLS("serving-kube-scheduler")},
		"supervisor":         {data.TLS("client-supervisor")},
		"k3s-server":         {data.TLS("serving-kube-apiserver")}, // of the port that a join is asked at, too
		"kube-proxy":         {data.Agent(join.ProxyClient)},
		"kubelet":            {data.Agent(join.KubeletClient), data.Agent(join.KubeletServing)},
		"k3s-controller":     {data.Agent(join.FlannelClient)},
	}[service]
}

// files are the files of some services that may be there, each once.
func files(data layout.Data, services []string) []string {
	var out []string
	for _, service := range services {
		for _, base := range pairs(data, service) {
			for _, file := range []string{base + ".crt", base + ".key"} {
				if !slices.Contains(out, file) {
					out = append(out, file)
				}
			}
		}
	}
	return out
}
